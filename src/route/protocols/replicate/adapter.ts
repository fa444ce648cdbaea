import type { EndpointConfig, PoolConfig } from '../../config-types.ts'
import type { Exchange, ParsedCall, UpstreamAdapter, UpstreamAnswer, UpstreamRequest } from '../../seams.ts'
import { objectAt, textAt, type Json } from '../json.ts'
import { openaiAdapter } from '../openai/adapter.ts'
import { CallError } from '../parse-error.ts'
import { DONE_EVENT, Job, Pauses, dataEvent, errorAnswer, jsonAnswer, poll, submit } from '../polling.ts'
import type { PollingTools } from '../polling.ts'
import { basePath, upstreamModel } from '../upstream-path.ts'
import { Answers } from './answers.ts'
import { predictionInput } from './input.ts'
import { predictionEvents, streamLocation, type PredictionEvent } from './stream.ts'

const FINAL: ReadonlySet<unknown> = new Set(['succeeded', 'failed', 'canceled', 'aborted'])
/** Seconds for which the creation is held open: short answers come at once, and of longer ones the id is known soon enough to cancel them. */
const SYNC_WAIT_SECONDS = 1

/**
 * Language models on Replicate as predictions (replicate.com/docs/reference/http): created with `Prefer: wait`, polled
 * until they are there; streams are read from the URL that the creation gives. Cancelled when the client goes. The model's
 * name there is `owner/name`, `owner/name:version` or `deployments/owner/name`.
 */
export function createReplicateAdapter(tools: PollingTools): UpstreamAdapter {
  return {
    request: creation,
    response: openaiAdapter.response,
    run: async (exchange) => {
      const { call, pool, endpoint } = exchange
      const { answer, json, job } = await submit(exchange, creation(call, pool, endpoint), (created) => {
        const id = textAt(created, 'id')
        return id === null ? null : new Job(exchange, prediction(endpoint, 'POST', `${id}/cancel`))
      })
      if (answer.status >= 400) return errorAnswer(answer.status, 'upstream_refused', 'Replicate refused the prediction.', answer.headers)
      if (json === null || job === null) throw new CallError('upstream_invalid_response', 'Replicate gave no prediction.')
      const answers = new Answers(call, textAt(json, 'id') ?? '', Math.floor(tools.clock.now() / 1000))
      try {
        const location = call.stream ? streamLocation(textAt(objectAt(json, 'urls'), 'stream'), endpoint) : null
        if (location !== null) return await streamed(exchange, location, answers, job, tools)
        const state = await finished(exchange, json, tools)
        job.ended()
        return wholeAnswer(call, state, answers)
      } catch (error) {
        job.cancel()
        throw error
      }
    },
  }
}

function creation(call: ParsedCall, pool: PoolConfig, endpoint: EndpointConfig): UpstreamRequest {
  if (call.api !== 'chat' && call.api !== 'completions') throw new CallError('not_translatable', `A prediction cannot serve the ${call.api} API. Ask for a model that an OpenAI-compatible upstream serves.`)
  const model = upstreamModel(pool, call.model)
  const [name = '', version] = model.split(':', 2)
  const input = predictionInput(call, name)
  const headers = { 'content-type': 'application/json', accept: 'application/json', 'accept-encoding': 'identity', ...(call.stream ? {} : { prefer: `wait=${SYNC_WAIT_SECONDS}` }) }
  const body = JSON.stringify({ ...(version === undefined ? {} : { version }), input, ...(call.stream ? { stream: true } : {}) })
  return { method: 'POST', path: basePath(endpoint) + creationPath(name, version), headers, body }
}

function creationPath(name: string, version: string | undefined): string {
  if (version !== undefined) return '/v1/predictions'
  const path = name.split('/').map(encodeURIComponent).join('/')
  return name.startsWith('deployments/') ? `/v1/${path}/predictions` : `/v1/models/${path}/predictions`
}

function prediction(endpoint: EndpointConfig, method: 'GET' | 'POST', path: string): UpstreamRequest {
  const safe = path.split('/').map(encodeURIComponent).join('/')
  return { method, path: `${basePath(endpoint)}/v1/predictions/${safe}`, headers: { accept: 'application/json', 'accept-encoding': 'identity' }, body: null }
}

async function finished(exchange: Exchange, created: Json, tools: PollingTools): Promise<Json> {
  const pauses = new Pauses(tools.random)
  const get = prediction(exchange.endpoint, 'GET', textAt(created, 'id') ?? '')
  let state = created
  while (!FINAL.has(state['status'])) {
    await tools.wait(pauses.after(false), exchange.signal)
    state = await poll(exchange, get, pauses, tools)
  }
  return state
}

function wholeAnswer(call: ParsedCall, state: Json, answers: Answers): UpstreamAnswer {
  // What the model says of its failure may quote anything: the client gets our words.
  if (state['status'] !== 'succeeded') return errorAnswer(502, 'prediction_failed', 'The prediction failed.')
  const text = outputText(state['output'])
  if (text === null) return errorAnswer(502, 'prediction_output_unknown', 'The model did not answer in text.')
  if (!call.stream) return jsonAnswer(200, answers.whole(text, state['metrics']))
  return { status: 200, headers: { 'content-type': 'text/event-stream' }, body: inOnePiece(text, state['metrics'], answers) }
}

/** Language models put out a text, or the list of its pieces. */
function outputText(output: unknown): string | null {
  if (typeof output === 'string') return output
  return Array.isArray(output) && output.every((piece) => typeof piece === 'string') ? output.join('') : null
}

async function* inOnePiece(text: string, metrics: unknown, answers: Answers): AsyncGenerator<Buffer> {
  yield dataEvent(answers.piece(text))
  yield* ending(metrics, answers)
}

function* ending(metrics: unknown, answers: Answers): Generator<Buffer> {
  yield dataEvent(answers.finish(metrics))
  const usage = answers.usage(metrics)
  if (usage !== null) yield dataEvent(usage)
  yield DONE_EVENT
}

async function streamed(exchange: Exchange, location: Pick<UpstreamRequest, 'path' | 'origin'>, answers: Answers, job: Job, tools: PollingTools): Promise<UpstreamAnswer> {
  const answer = await exchange.send({ ...location, method: 'GET', headers: { accept: 'text/event-stream', 'accept-encoding': 'identity' }, body: null }, exchange.signal)
  if (answer.status >= 400) {
    job.cancel()
    return errorAnswer(answer.status, 'upstream_refused', 'Replicate refused the stream.', answer.headers)
  }
  const events = predictionEvents(answer.body)
  // Until the first piece nothing is promised to the client, so that another endpoint may still serve the call.
  const first = await events.next()
  if (first.done === true || first.value.type === 'failed') {
    job.cancel()
    return errorAnswer(502, 'prediction_failed', 'The prediction failed.')
  }
  return { status: 200, headers: { 'content-type': 'text/event-stream' }, body: streamBody(exchange, startingWith(first.value, events), answers, job, tools) }
}

async function* streamBody(exchange: Exchange, events: AsyncIterable<PredictionEvent>, answers: Answers, job: Job, tools: PollingTools): AsyncGenerator<Buffer> {
  try {
    for await (const { type, text } of events) {
      if (type === 'output') {
        yield dataEvent(answers.piece(text))
        continue
      }
      job.ended()
      if (type === 'done') yield* ending(await metricsOf(exchange, answers.id, tools), answers)
      else yield dataEvent({ error: { message: 'The prediction failed.', type: 'server_error', param: null, code: 'prediction_failed' } })
    }
    // Where neither `done` nor `error` came, the stream broke, and the client sees no end mark.
  } finally {
    // Does nothing for a prediction that has ended.
    job.cancel()
  }
}

async function* startingWith(first: PredictionEvent, rest: AsyncIterable<PredictionEvent>): AsyncGenerator<PredictionEvent> {
  yield first
  yield* rest
}

/** The stream has no token counts; the prediction has, where the model reports them. Null where that cannot be learned. */
async function metricsOf(exchange: Exchange, id: string, tools: PollingTools): Promise<unknown> {
  try {
    return (await poll(exchange, prediction(exchange.endpoint, 'GET', id), new Pauses(tools.random), tools))['metrics']
  } catch (error) {
    if (exchange.signal.aborted) throw error
    return null
  }
}
