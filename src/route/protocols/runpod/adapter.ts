import type { Api } from '../../../core/call.ts'
import type { EndpointConfig, PoolConfig } from '../../config-types.ts'
import type { Exchange, ParsedCall, UpstreamAdapter, UpstreamAnswer, UpstreamRequest } from '../../seams.ts'
import { listAt, isObject, textAt, type Json } from '../json.ts'
import { openaiAdapter } from '../openai/adapter.ts'
import { OPENAI_PATHS } from '../openai/paths.ts'
import { upstreamBody } from '../openai/request-body.ts'
import { CallError } from '../parse-error.ts'
import { DONE_EVENT, Job, Pauses, dataEvent, errorAnswer, poll, submit } from '../polling.ts'
import type { PollingTools } from '../polling.ts'
import { basePath, upstreamModel } from '../upstream-path.ts'
import { errorOfOutput, outputBytes, wholeOutput } from './output.ts'

/** APIs that RunPod's workers take by `openai_route` (worker-vllm; worker-infinity-embedding for embeddings). */
const ROUTES: ReadonlySet<Api> = new Set(['chat', 'completions', 'embeddings'])
const FINAL: ReadonlySet<unknown> = new Set(['COMPLETED', 'FAILED', 'CANCELLED', 'TIMED_OUT'])
/** Least that `/runsync` takes: short jobs come back at once, and of longer ones the id is known soon enough to cancel them. */
const SYNC_WAIT_MS = 1000

/**
 * A RunPod serverless endpoint by its job queue (docs.runpod.io, "Operation reference"), whose worker takes OpenAI
 * requests as worker-vllm does: `input` holds `openai_route` and `openai_input`. One answer: `/runsync`, then `/status`
 * until it is there. A stream: `/run`, then `/stream` for the pieces. `/cancel` when the client goes.
 */
export function createRunpodAdapter(tools: PollingTools): UpstreamAdapter {
  return {
    request: submission,
    response: openaiAdapter.response,
    run: async (exchange) => {
      const id = { job: '' }
      const { answer, json, job } = await submit(exchange, submission(exchange.call, exchange.pool, exchange.endpoint), (created) => {
        id.job = textAt(created, 'id') ?? ''
        return id.job === '' ? null : new Job(exchange, request(exchange.endpoint, 'POST', `/cancel/${encodeURIComponent(id.job)}`))
      })
      if (answer.status >= 400) return errorAnswer(answer.status, 'upstream_refused', 'RunPod refused the job.', answer.headers)
      if (json === null || job === null) throw new CallError('upstream_invalid_response', 'RunPod gave no job.')
      try {
        return exchange.call.stream ? await streamed(exchange, id.job, job, tools) : await whole(exchange, id.job, json, job, tools)
      } catch (error) {
        job.cancel()
        throw error
      }
    },
  }
}

function submission(call: ParsedCall, pool: PoolConfig, endpoint: EndpointConfig): UpstreamRequest {
  if (call.api === 'messages' || !ROUTES.has(call.api)) throw new CallError('not_translatable', `A RunPod job cannot serve the ${call.api} API. Ask for a model that an OpenAI-compatible upstream serves.`)
  const input = upstreamBody(call, upstreamModel(pool, call.model))
  const body = Buffer.concat([Buffer.from(`{"input":{"openai_route":"${OPENAI_PATHS[call.api]}","openai_input":`), input, Buffer.from('}}')])
  return { ...request(endpoint, 'POST', call.stream ? '/run' : `/runsync?wait=${SYNC_WAIT_MS}`), body }
}

function request(endpoint: EndpointConfig, method: 'POST' | 'GET', path: string): UpstreamRequest {
  const headers = { accept: 'application/json', 'accept-encoding': 'identity' }
  return { method, path: basePath(endpoint) + path, headers: method === 'POST' ? { ...headers, 'content-type': 'application/json' } : headers, body: method === 'POST' ? '{}' : null }
}

async function whole(exchange: Exchange, id: string, created: Json, job: Job, tools: PollingTools): Promise<UpstreamAnswer> {
  const pauses = new Pauses(tools.random)
  const status = request(exchange.endpoint, 'GET', `/status/${encodeURIComponent(id)}`)
  let state = created
  while (!FINAL.has(state['status'])) {
    await tools.wait(pauses.after(false), exchange.signal)
    state = await poll(exchange, status, pauses, tools)
  }
  job.ended()
  return state['status'] === 'COMPLETED' ? wholeOutput(state['output']) : failed(state)
}

async function streamed(exchange: Exchange, id: string, job: Job, tools: PollingTools): Promise<UpstreamAnswer> {
  const outputs = piecesOf(exchange, id, tools)
  // Until the first piece nothing is promised to the client, so that another endpoint may still serve the call.
  const first = await outputs.next()
  if (first.done === true) {
    job.ended()
    return first.value['status'] === 'COMPLETED' ? errorAnswer(502, 'empty_answer', 'The job ended without an answer.') : failed(first.value)
  }
  const error = errorOfOutput(first.value)
  if (error !== null) {
    job.cancel()
    return error
  }
  return { status: 200, headers: { 'content-type': 'text/event-stream' }, body: streamBody(first.value, outputs, job) }
}

async function* streamBody(first: unknown, outputs: AsyncGenerator<unknown, Json>, job: Job): AsyncGenerator<Buffer> {
  let done = false
  try {
    let piece: IteratorResult<unknown, Json> = { done: false, value: first }
    for (; piece.done !== true; piece = await outputs.next()) {
      const bytes = outputBytes(piece.value)
      if (bytes.length === 0) continue
      done ||= bytes.includes('data: [DONE]')
      yield bytes
    }
    job.ended()
    if (piece.value['status'] !== 'COMPLETED') yield dataEvent({ error: { message: 'The job failed.', type: 'server_error', param: null, code: 'job_failed' } })
    else if (!done) yield DONE_EVENT
  } finally {
    // Does nothing for a job that has ended.
    job.cancel()
  }
}

/** What the worker has put out, in order; returns the job's last state. */
async function* piecesOf(exchange: Exchange, id: string, tools: PollingTools): AsyncGenerator<unknown, Json> {
  const pauses = new Pauses(tools.random)
  const next = request(exchange.endpoint, 'GET', `/stream/${encodeURIComponent(id)}`)
  for (;;) {
    const state = await poll(exchange, next, pauses, tools)
    const pieces = listAt(state, 'stream')
    for (const piece of pieces) if (isObject(piece)) yield piece['output']
    const ended = FINAL.has(state['status'])
    if (ended && pieces.length === 0) return state
    if (!ended) await tools.wait(pauses.after(pieces.length > 0), exchange.signal)
  }
}

/** What a worker says of its failure may quote anything: the client gets our words. */
function failed(state: Json): UpstreamAnswer {
  return state['status'] === 'TIMED_OUT' ? errorAnswer(504, 'job_timed_out', 'The job ran out of time.') : errorAnswer(502, 'job_failed', 'The job failed.')
}
