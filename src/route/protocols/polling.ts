import { setTimeout as after } from 'node:timers/promises'
import type { Clock } from '../../core/clock.ts'
import type { Random } from '../../core/random.ts'
import type { Exchange, UpstreamAdapter, UpstreamAnswer, UpstreamRequest } from '../seams.ts'
import { parseObject, type Json } from './json.ts'
import { CallError } from './parse-error.ts'

/** What upstreams with a job queue need besides the exchange itself. */
export interface PollingTools {
  readonly clock: Clock
  readonly random: Random
  /** Resolves after so many ms; rejects with the signal's reason when it is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
}

export const wait: PollingTools['wait'] = (ms, signal) => after(ms, undefined, { signal })

const FIRST_MS = 100
const LONGEST_MS = 1000
const GROWTH = 1.5

/** Pauses between polls: short at first and after news, longer while nothing happens, never in step with other calls. */
export class Pauses {
  readonly #random: Random
  #next = FIRST_MS

  constructor(random: Random) {
    this.#random = random
  }

  /** Ms, jittered by a fifth either way. */
  after(news: boolean): number {
    const pause = news ? FIRST_MS : this.#next
    this.#next = Math.min(LONGEST_MS, pause * GROWTH)
    return Math.round(pause * (0.8 + 0.4 * this.#random()))
  }
}

/** A job's submission is seen through to its id, so that it can be cancelled; it gets so long when the client is gone. */
const SUBMIT_MS = 10_000
const CANCEL_MS = 2000
/** Polls that may fail in a row before the job is given up. */
const FAILED_POLLS = 3
/** A poll's answer may carry a whole completion. */
const MAX_JSON_BYTES = 32 * 1024 * 1024

export interface JsonAnswer {
  readonly answer: UpstreamAnswer
  /** Null = the body is no JSON object. */
  readonly json: Json | null
}

/** Throws CallError for a body beyond the limit. */
export async function readJson(answer: UpstreamAnswer): Promise<JsonAnswer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer.body) {
    bytes += chunk.length
    if (bytes > MAX_JSON_BYTES) throw new CallError('upstream_invalid_response', 'The answer of the upstream is too large.')
    chunks.push(chunk)
  }
  return { answer, json: parseObject(Buffer.concat(chunks).toString('utf8')) }
}

/** A job at the upstream, from the moment that its id is known. */
export class Job {
  readonly #exchange: Exchange
  readonly #cancel: UpstreamRequest
  #over = false
  readonly #onAbort = (): void => this.cancel()

  constructor(exchange: Exchange, cancel: UpstreamRequest) {
    this.#exchange = exchange
    this.#cancel = cancel
    if (exchange.signal.aborted) this.cancel()
    else exchange.signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** It ended by itself: there is nothing left to cancel. */
  ended(): void {
    this.#over = true
    this.#exchange.signal.removeEventListener('abort', this.#onAbort)
  }

  /** Tells the upstream to stop, once and at best effort: nobody waits for it. */
  cancel(): void {
    if (this.#over) return
    this.ended()
    this.#exchange.send(this.#cancel, AbortSignal.timeout(CANCEL_MS)).then(readJson).catch(() => {})
  }
}

/**
 * Sends the request that creates a job. It outlives an abort of the exchange, since only its answer has the id to cancel
 * by: `created` then still gets it.
 */
export async function submit(exchange: Exchange, request: UpstreamRequest, created: (json: Json) => Job | null): Promise<JsonAnswer & { readonly job: Job | null }> {
  const { signal } = exchange
  signal.throwIfAborted()
  const submitted = (async () => {
    const result = await readJson(await exchange.send(request, AbortSignal.timeout(SUBMIT_MS)))
    // The Job cancels itself where the exchange is aborted by now.
    return { ...result, job: result.json === null || result.answer.status >= 400 ? null : created(result.json) }
  })()
  return await Promise.race([submitted, aborted(signal, submitted)])
}

/** Rejects when the signal is aborted; leaves no listener behind when `until` is settled. */
function aborted(signal: AbortSignal, until: Promise<unknown>): Promise<never> {
  return new Promise((_resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
    const release = (): void => signal.removeEventListener('abort', onAbort)
    until.then(release, release)
  })
}

/** One poll, again where it fails for a passing reason. Throws CallError `upstream_failed` where it goes on failing. */
export async function poll({ send, signal }: Exchange, request: UpstreamRequest, pauses: Pauses, tools: PollingTools): Promise<Json> {
  for (let failed = 1; ; failed++) {
    try {
      const { answer, json } = await readJson(await send(request, signal))
      if (answer.status < 400 && json !== null) return json
      if (answer.status < 500 && answer.status !== 429 && answer.status !== 408) throw new CallError('upstream_failed', 'The upstream lost the job.')
    } catch (error) {
      if (signal.aborted || error instanceof CallError) throw error
    }
    if (failed >= FAILED_POLLS) throw new CallError('upstream_failed', 'The upstream does not say how the job goes.')
    await tools.wait(pauses.after(false), signal)
  }
}

/** The answer of a job that went wrong, as an OpenAI upstream would give it. */
export function errorAnswer(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}): UpstreamAnswer {
  return jsonAnswer(status, { error: { message, type: status >= 500 ? 'server_error' : 'invalid_request_error', param: null, code } }, headers)
}

export function jsonAnswer(status: number, json: Json, headers: Readonly<Record<string, string>> = {}): UpstreamAnswer {
  const retryAfter = headers['retry-after']
  return { status, headers: { 'content-type': 'application/json', ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }) }, body: once(Buffer.from(JSON.stringify(json))) }
}

/**
 * The adapter whose `run` answers with what it would throw as a CallError: a call of several requests then fails in the
 * same way as a call of one, with a status that says whether another endpoint may try.
 */
export function answeringErrors(adapter: UpstreamAdapter): UpstreamAdapter {
  const { run } = adapter
  if (run === undefined) return adapter
  return {
    ...adapter,
    run: async (exchange) => {
      try {
        return await run(exchange)
      } catch (error) {
        if (!(error instanceof CallError)) throw error
        const { status, message, type, param, code } = error.failure
        return jsonAnswer(status, { error: { message, type, param, code } })
      }
    },
  }
}

export function dataEvent(json: Json): Buffer {
  return Buffer.from(`data: ${JSON.stringify(json)}\n\n`)
}

export const DONE_EVENT: Buffer = Buffer.from('data: [DONE]\n\n')

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
