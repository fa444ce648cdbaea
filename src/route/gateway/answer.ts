import type { ParsedCall, ResponseFacts, ResponseReader, StreamNote, UpstreamAdapter } from '../seams.ts'
import type { AttemptListener } from './attempt.ts'
import { brokenUpstream, refusedByUpstream } from './failure.ts'
import type { UpstreamFailure } from './failure.ts'
import { codeIn, credentialsIn, tellsSecret } from './own-secrets.ts'
import { retryAfterMs, usedUpMs } from './retry-after.ts'
import type { Endpoint } from './runtime.ts'

/** What becomes of an upstream's answer. */
export interface AnswerSink {
  /** Bytes of an answer that goes to the client as it comes. */
  readonly bytes: (out: Buffer) => void
  readonly firstToken: () => void
  /** All of an answer that was held until its cost is known. */
  readonly whole: (body: Buffer) => void
  /** The answer that went out in `bytes` is complete. */
  readonly ended: (last: Buffer | null) => void
  readonly failed: (failure: UpstreamFailure) => void
  /** The upstream answers, and says that its rate limit is used up by now, for so many ms. */
  readonly exhausted: (resetMs: number) => void
}

/** An answer that is no stream is held until it is complete, so that its head can state its cost; beyond this it is passed on as it comes. */
const MAX_HELD_BYTES = 1024 * 1024
/** Of the body of a refusal more than this is not looked at. */
const MAX_ERROR_BYTES = 64 * 1024

export interface AnswerContext {
  readonly call: ParsedCall
  readonly endpoint: Endpoint
  readonly adapter: UpstreamAdapter
  readonly note: StreamNote
  readonly steady: () => number
  /** Unix ms, for a Retry-After that is a date. */
  readonly wall: () => number
}

/** Reads one upstream's answer: sorts out failures, has the protocol's reader look at the bytes, holds what must be held. */
export class Answer implements AttemptListener {
  readonly #context: AnswerContext
  readonly #sink: AnswerSink
  #reader: ResponseReader | null = null
  #headers: Readonly<Record<string, string | string[] | undefined>> = {}
  #held: Buffer[] = []
  #heldBytes = 0
  #holding = false
  #firstToken = false
  #over = false
  /** HTTP status; null = no head has come. */
  status: number | null = null
  contentType = ''
  streamed = false
  /** Headers that the request went out with, for what must not come back in an error. */
  sent: Readonly<Record<string, string>> = {}
  /** Steady ms at which something last came; null = nothing has. */
  lastAt: number | null = null

  constructor(context: AnswerContext, sink: AnswerSink) {
    this.#context = context
    this.#sink = sink
  }

  get seen(): ResponseFacts | null {
    return this.#reader?.seen ?? null
  }

  /** What the protocol's reader has to tell the client in the head. */
  get notices(): Readonly<Record<string, string>> {
    return this.#reader?.headers ?? {}
  }

  get headers(): Readonly<Record<string, string | string[] | undefined>> {
    return this.#headers
  }

  onHead(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void {
    const { call, adapter, note, steady } = this.#context
    this.lastAt = steady()
    this.status = status
    this.#headers = headers
    if (status < 200 || status > 299) return
    const usedUp = usedUpMs(headers, this.#context.wall())
    if (usedUp !== null) this.#sink.exhausted(usedUp)
    const type = typeof headers['content-type'] === 'string' ? headers['content-type'].toLowerCase() : ''
    const encoding = headers['content-encoding']
    if (encoding !== undefined && encoding !== 'identity') return this.#fail(brokenUpstream('content_encoding', 'upstream_invalid_response', 'The upstream compressed its answer, which it was asked not to.'))
    if (type !== '' && !type.startsWith('text/event-stream') && !type.includes('json')) return this.#fail(brokenUpstream('content_type', 'upstream_invalid_response', 'The upstream answered with something else than JSON or an event stream.'))
    this.#reader = adapter.response(call, status, type, note)
    this.contentType = this.#reader.contentType ?? (type === '' ? 'application/json' : (headers['content-type'] as string))
    this.streamed = this.contentType.startsWith('text/event-stream')
    this.#holding = !this.streamed
  }

  onData(chunk: Buffer): void {
    if (this.#over) return
    this.lastAt = this.#context.steady()
    const reader = this.#reader
    if (reader === null) {
      if (this.#heldBytes < MAX_ERROR_BYTES) this.#hold(chunk)
      return
    }
    const out = this.#read(() => reader.push(chunk))
    if (out === undefined) return
    if (this.streamed && !this.#firstToken && reader.seen.deltas > 0) {
      this.#firstToken = true
      this.#sink.firstToken()
    }
    this.#pass(out)
  }

  onEnd(): void {
    if (this.#over) return
    const reader = this.#reader
    if (reader === null) return this.#refused()
    const last = this.#read(() => reader.end())
    if (last === undefined) return
    if (!isComplete(reader.seen, this.streamed)) {
      if (last !== null) this.#pass(last)
      return this.#fail(brokenUpstream('truncated', 'upstream_invalid_response', 'The upstream ended its answer before it was complete.'))
    }
    this.#over = true
    if (!this.#holding) return this.#sink.ended(last)
    if (last !== null) this.#hold(last)
    this.#sink.whole(this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held, this.#heldBytes))
  }

  onError(code: string): void {
    if (!this.#over) this.#fail(brokenUpstream(code, 'upstream_failed', 'The connection to the upstream failed.'))
  }

  /** Undefined = it has failed. */
  #read(step: () => Buffer | null): Buffer | null | undefined {
    let out: Buffer | null
    try {
      out = step()
    } catch {
      this.#fail(brokenUpstream('unreadable', 'upstream_invalid_response', 'The answer of the upstream could not be read.'))
      return undefined
    }
    const error = this.#reader?.seen.error ?? null
    if (error === null) return out
    const secrets = this.#secrets()
    const words = out === null || this.#holding || tellsSecret(out.toString('latin1'), secrets) ? null : out
    this.#fail({ ...brokenUpstream(codeIn(error, secrets) ?? 'upstream_error', 'upstream_failed', 'The upstream reported an error within its answer.'), words })
    return undefined
  }

  #pass(out: Buffer | null): void {
    if (out === null) return
    if (!this.#holding) return this.#sink.bytes(out)
    this.#hold(out)
    if (this.#heldBytes <= MAX_HELD_BYTES) return
    this.#holding = false
    for (const held of this.#held) this.#sink.bytes(held)
    this.#held = []
  }

  #hold(chunk: Buffer): void {
    this.#held.push(chunk)
    this.#heldBytes += chunk.length
  }

  #refused(): void {
    const status = this.status ?? 0
    const body = Buffer.concat(this.#held).toString('utf8', 0, MAX_ERROR_BYTES)
    this.#fail(refusedByUpstream(status, body, retryAfterMs(status, this.#headers, this.#context.wall()), this.#secrets()))
  }

  #secrets(): readonly string[] {
    return [...this.#context.endpoint.secrets, ...credentialsIn(this.sent)]
  }

  #fail(failure: UpstreamFailure): void {
    this.#over = true
    this.#held = []
    this.#sink.failed(failure)
  }
}

/**
 * A stream is complete by its own mark, if there was anything in it that could be read; some engines leave the mark out, but
 * not the reason why they finished.
 */
function isComplete({ complete, finishReason, deltas, usage }: ResponseFacts, streamed: boolean): boolean {
  return streamed ? finishReason !== null || (complete && (deltas > 0 || usage !== null)) : complete
}
