import type { ResponseFacts, ResponseReader } from '../../seams.ts'
import { CallError } from '../parse-error.ts'
import { SseSplitter } from '../sse.ts'
import type { SseEvent } from '../sse.ts'

/** Beyond this an answer in one piece is not translated, and not read for its usage. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024

interface ReaderOptions {
  readonly seen: ResponseFacts
  /** Null = the upstream's. */
  readonly contentType: string | null
  readonly headers?: Readonly<Record<string, string>>
}

/** Reads a stream event by event. The client gets whole events only, so that a stream that breaks can be ended with one. */
export class EventReader implements ResponseReader {
  readonly seen: ResponseFacts
  readonly contentType: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly #splitter: SseSplitter
  readonly #onEnd: () => Buffer | null
  #out: Buffer[] = []

  /** `onEvent` and `onEnd` return what the client gets for it; null = nothing. */
  constructor(options: ReaderOptions, onEvent: (event: SseEvent) => Buffer | null, onEnd: () => Buffer | null = () => null) {
    this.seen = options.seen
    this.contentType = options.contentType
    this.headers = options.headers ?? {}
    this.#onEnd = onEnd
    this.#splitter = new SseSplitter((event) => this.#add(onEvent(event)))
  }

  push(chunk: Buffer): Buffer | null {
    this.#splitter.push(chunk)
    return this.#flush()
  }

  end(): Buffer | null {
    this.#splitter.end()
    this.#add(this.#onEnd())
    return this.#flush()
  }

  #add(bytes: Buffer | null): void {
    if (bytes !== null) this.#out.push(bytes)
  }

  #flush(): Buffer | null {
    const out = this.#out
    if (out.length === 0) return null
    this.#out = []
    return out.length === 1 ? out[0]! : Buffer.concat(out)
  }
}

/** Passes an answer in one piece on as it comes, and reads it at its end. */
export class PassingBodyReader implements ResponseReader {
  readonly seen: ResponseFacts
  readonly contentType = null
  readonly #onBody: (body: Buffer) => void
  readonly #body = new Collected()

  constructor(seen: ResponseFacts, onBody: (body: Buffer) => void) {
    this.seen = seen
    this.#onBody = onBody
  }

  push(chunk: Buffer): Buffer {
    this.#body.add(chunk)
    return chunk
  }

  end(): null {
    const body = this.#body.take()
    if (body !== null) this.#onBody(body)
    return null
  }
}

/** Holds an answer in one piece back and gives the client another for it. Throws CallError for one that is too large. */
export class TranslatingBodyReader implements ResponseReader {
  readonly seen: ResponseFacts
  readonly contentType: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly #translate: (body: Buffer) => Buffer
  readonly #body = new Collected()

  constructor(options: ReaderOptions, translate: (body: Buffer) => Buffer) {
    this.seen = options.seen
    this.contentType = options.contentType
    this.headers = options.headers ?? {}
    this.#translate = translate
  }

  push(chunk: Buffer): null {
    this.#body.add(chunk)
    if (this.#body.overflown) throw new CallError('upstream_invalid_response', 'The answer of the upstream is too large to translate.')
    return null
  }

  end(): Buffer {
    return this.#translate(this.#body.take() ?? Buffer.alloc(0))
  }
}

class Collected {
  overflown = false
  #chunks: Buffer[] = []
  #bytes = 0

  add(chunk: Buffer): void {
    if (this.overflown) return
    this.#bytes += chunk.length
    if (this.#bytes > MAX_BODY_BYTES) {
      this.overflown = true
      this.#chunks = []
    } else this.#chunks.push(chunk)
  }

  /** Null = it was too large to keep. */
  take(): Buffer | null {
    const body = this.overflown ? null : Buffer.concat(this.#chunks)
    this.#chunks = []
    return body
  }
}
