import type { ServerResponse } from 'node:http'

/** Headers of an upstream that a client gets: a list of what may pass, since an upstream's cookies, hop-by-hop headers and echoes may not. */
const PASSED = /^(?:content-language|request-id|retry-after-ms|x-request-id|x-ratelimit-[\w-]+|openai-[\w-]+|anthropic-ratelimit-[\w-]+)$/u
/** Upstreams send the same names again and again: what was found is kept, for so many. */
const known = new Map<string, boolean>()
const MOST_KNOWN = 1000

/** Flat name, value, name, value ... as `writeHead` takes them fastest. */
export type FlatHeaders = string[]

/** Adds the headers of an upstream that may pass. */
export function passHeaders(upstream: Readonly<Record<string, string | string[] | undefined>>, out: FlatHeaders): void {
  for (const name in upstream) {
    if (!(known.get(name) ?? learn(name))) continue
    const value = upstream[name]
    if (typeof value === 'string') out.push(name, value)
  }
}

function learn(name: string): boolean {
  const passes = PASSED.test(name)
  if (known.size < MOST_KNOWN) known.set(name, passes)
  return passes
}

const TRAILERS = 'x-spillway-cost-usd, x-spillway-cost-status'

/** The client's side of a call: one answer, whole or as a stream, with backpressure. Knows nothing of what it carries. */
export class Reply {
  readonly #res: ServerResponse
  readonly #onDrain: () => void
  #begun = false
  #paused = false

  /** `onDrain`: the client has caught up; called only after `write` has returned false. */
  constructor(res: ServerResponse, onDrain: () => void) {
    this.#res = res
    this.#onDrain = onDrain
  }

  /** Whether the client has got anything: from then on no other upstream can take over. */
  get begun(): boolean {
    return this.#begun
  }

  get paused(): boolean {
    return this.#paused
  }

  /** The whole answer at once. */
  send(status: number, headers: FlatHeaders, body: Buffer | string): void {
    const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length
    headers.push('content-length', String(bytes))
    if (!this.#res.req.complete) headers.push('connection', 'close')
    this.#res.writeHead(status, headers)
    this.#begun = true
    this.#res.end(body)
  }

  begin(status: number, headers: FlatHeaders): void {
    // HTTP/1.0 has no chunks and so no trailers.
    if (this.#res.req.httpVersionMinor > 0) headers.push('trailer', TRAILERS)
    this.#res.writeHead(status, headers)
    this.#begun = true
  }

  /** False = the client is slow: bytes have piled up to the limit, so stop until `onDrain`. */
  write(bytes: Buffer): boolean {
    if (this.#res.write(bytes) || this.#paused) return !this.#paused
    this.#paused = true
    this.#res.once('drain', () => {
      this.#paused = false
      this.#onDrain()
    })
    return false
  }

  /** Ends a stream; the trailers go only to those who read them. */
  end(last: Buffer | null, trailers: Readonly<Record<string, string>>): void {
    this.#res.addTrailers(trailers)
    if (last === null) this.#res.end()
    else this.#res.end(last)
  }

  /** Cuts the connection: the only way to say that an answer with a stated form will not be completed. */
  cut(): void {
    // A response in a pipeline has no socket of its own yet.
    const socket = this.#res.socket ?? this.#res.req.socket
    socket.destroy()
  }
}
