import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../core/clock.ts'
import { bodyType, type BodyType, decompress, parseJson, tooLarge } from '../../measure/ingest/body.ts'
import { observeCall } from '../../measure/ingest/calls/observe-call.ts'
import { createIngest, type Ingest } from '../../measure/ingest/ingest.ts'
import { IngestError } from '../../measure/ingest/ingest-error.ts'
import { LangfuseBatches } from '../../measure/ingest/langfuse/batch.ts'
import { isObject } from '../../measure/ingest/langfuse/events.ts'
import { scoreOf } from '../../measure/ingest/langfuse/score.ts'
import { hashOf } from '../../measure/ingest/normalize/content.ts'
import type { ObserveDeps } from '../../measure/ingest/normalize/observe-span.ts'
import type { PriceCall } from '../../measure/ingest/price/price-call.ts'
import type { Admission } from '../../route/seams.ts'
import { send, sendFailure, sendTaken } from './answer.ts'
import { keep, type KeeperJournal } from './keeper.ts'
import { isFarTooLarge, readAll } from './read-all.ts'
import { type IngestRecord, recordsOf } from './records.ts'
import { ingestSecret } from './secret.ts'
import { Slots } from './slots.ts'

export interface IngestRouteDeps {
  readonly admission: Pick<Admission, 'identify'>
  readonly journal: KeeperJournal
  readonly price: PriceCall
  readonly clock: Clock
  /** Default: createIngest with the price. */
  readonly ingest?: Ingest
  /** Told of a defect; the client gets 500. */
  readonly onDefect?: (error: unknown) => void
}

/** A request that has been read. */
interface Work {
  readonly body: Buffer
  readonly type: BodyType
  readonly deps: ObserveDeps
}

/** What is to be on disk before the answer is given. */
interface Taken {
  readonly records: readonly IngestRecord[]
  readonly answer: (response: ServerResponse) => void
}

/** Requests that are read or written at once; more are told to come again. */
const MOST_AT_ONCE = 64
const MOST_BYTES_AT_ONCE = 64 * 1024 * 1024
/** Bodies that are unpacked at once: small ones may become large. */
const MOST_UNPACKED = 4

/** Telemetry from clients, on the gateway's port. Returns whether the request was one; it is answered once what it brought is on disk. */
export function ingestRoutes(options: IngestRouteDeps): (request: IncomingMessage, response: ServerResponse) => boolean {
  const { admission, journal, price, clock } = options
  const ingest = options.ingest ?? createIngest({ price })
  const langfuse = new LangfuseBatches()
  let running = 0
  let bytesRunning = 0
  const slots = new Slots(MOST_UNPACKED)

  const routes: Readonly<Record<string, (work: Work) => Taken | Promise<Taken>>> = {
    '/v1/traces': traces,
    '/api/public/otel/v1/traces': traces,
    '/v1/metrics': (work) => counted(work, 'metrics'),
    '/api/public/otel/v1/metrics': (work) => counted(work, 'metrics'),
    '/v1/logs': (work) => counted(work, 'logs'),
    '/api/public/ingestion': batch,
    '/api/public/scores': score,
    '/api/calls': calls,
  }

  async function traces({ body, type, deps }: Work): Promise<Taken> {
    const { observations, scores, rejected, reason } = await ingest.traces(body, type, deps)
    return { records: recordsOf(observations, scores), answer: (response) => sendTaken(response, type, rejected, reason) }
  }

  function counted({ body, type }: Work, what: 'metrics' | 'logs'): Taken {
    ingest.count(body, type, what)
    return { records: [], answer: (response) => sendTaken(response, type, 0, '') }
  }

  function batch({ body, type, deps }: Work): Taken {
    const { observations, scores, answer } = langfuse.read(jsonOf(body, type), ingest.limits, deps)
    return { records: recordsOf(ingest.take(observations), scores), answer: (response) => send(response, 207, 'json', JSON.stringify(answer)) }
  }

  function calls({ body, type, deps }: Work): Taken {
    const json = jsonOf(body, type)
    const list = isObject(json) && 'calls' in json ? json['calls'] : [json]
    if (!Array.isArray(list)) throw new IngestError('invalid_shape', 'Give one call, or an object with the list calls.')
    if (list.length > ingest.limits.items) throw new IngestError('otlp_too_many', `The request has more than ${ingest.limits.items} calls: send them in smaller batches.`)
    const seen = list.map((value: unknown) => observeCall(value, deps))
    const rejected = seen.flatMap((one, index) => (typeof one === 'string' ? [{ index, message: one }] : []))
    const observations = seen.filter((one) => typeof one !== 'string')
    const status = observations.length === 0 && rejected.length > 0 ? 400 : 200
    const told = JSON.stringify({ accepted: observations.length, rejected: rejected.slice(0, 100), ids: observations.map(({ id }) => id) })
    return { records: recordsOf(ingest.take(observations), []), answer: (response) => send(response, status, 'json', told) }
  }

  async function handle(request: IncomingMessage, response: ServerResponse, work: (one: Work) => Taken | Promise<Taken>, bytes: number): Promise<void> {
    const { bodyBytes } = ingest.limits
    let type: BodyType = 'json'
    running++
    bytesRunning += bytes
    try {
      type = bodyType(request.headers['content-type'])
      if (isFarTooLarge(bytes, bodyBytes)) throw tooLarge(bodyBytes)
      if (running > MOST_AT_ONCE || bytesRunning > MOST_BYTES_AT_ONCE) throw new IngestError('busy', 'Too much telemetry comes at once: send this again in a moment.')
      const identity = admission.identify(ingestSecret(request.headers.authorization), clock.now())
      if (!identity.ok) {
        const { status, code, message, retryAfterSeconds } = identity
        sendFailure(response, type, { status, code, rpc: status === 429 ? 14 : 16, message, retryAfterSeconds })
        return
      }
      if (!identity.mayIngest) {
        sendFailure(response, type, { status: 403, code: 'scope_missing', rpc: 7, message: 'This key may not report calls. Use a key with the scope "ingest" or "call".', retryAfterSeconds: null })
        return
      }
      const raw = await readAll(request, bodyBytes)
      if (raw === null) return
      const { records, answer } = await slots.run(async () => {
        const body = await decompress(raw, request.headers['content-encoding'], bodyBytes)
        return work({ body, type, deps: { tenant: identity.tenant, keyId: identity.keyId, now: clock.now(), price } })
      })
      await keep(journal, records)
      answer(response)
    } catch (error) {
      fail(response, type, error)
    } finally {
      running--
      bytesRunning -= bytes
    }
  }

  function fail(response: ServerResponse, type: BodyType, error: unknown): void {
    if (error instanceof IngestError) {
      const { status, code, rpc, message } = error
      const again = status === 429 || status === 503
      sendFailure(response, type, { status, code, rpc, message, retryAfterSeconds: again ? 1 : null }, status === 413 ? { connection: 'close' } : {})
    } else {
      options.onDefect?.(error)
      sendFailure(response, type, { status: 500, code: 'internal_error', rpc: 13, message: 'Spillway failed at this; it is in its log.', retryAfterSeconds: null })
    }
  }

  return (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0]!
    if (!Object.hasOwn(routes, path)) return false
    if (request.method === 'POST') void handle(request, response, routes[path]!, Number(request.headers['content-length'] ?? ingest.limits.bodyBytes))
    else sendFailure(response, 'json', { status: 405, code: 'method_not_allowed', rpc: 12, message: 'Use POST.', retryAfterSeconds: null }, { allow: 'POST' })
    return true
  }
}

function score({ body, type, deps }: Work): Taken {
  const json = jsonOf(body, type)
  const read = isObject(json) ? scoreOf(json, `score-${hashOf(body.toString('utf8'))}`, deps.now, deps) : 'a score is an object'
  if (typeof read === 'string') throw new IngestError('invalid_shape', `${read}.`)
  return { records: recordsOf([], [read]), answer: (response) => send(response, 200, 'json', JSON.stringify({ id: read.id })) }
}

function jsonOf(body: Buffer, type: BodyType): unknown {
  if (type !== 'json') throw new IngestError('unsupported_media_type', 'Send application/json.')
  return parseJson(body)
}
