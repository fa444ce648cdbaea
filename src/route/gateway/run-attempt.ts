import { Readable } from 'node:stream'
import type { EndpointConfig, PoolConfig } from '../config-types.ts'
import type { ParsedCall, UpstreamAdapter, UpstreamAnswer, UpstreamRequest } from '../seams.ts'
import { errorCode } from './attempt.ts'
import type { Attempt, AttemptListener } from './attempt.ts'
import type { Endpoint } from './runtime.ts'

interface RunTarget {
  readonly call: ParsedCall
  readonly pool: PoolConfig
  readonly endpoint: EndpointConfig
  readonly callId: string
}

/** The upstream's room for protocols that need several requests (submit, poll, cancel): the adapter runs them, this one reads what comes. */
export class RunAttempt implements Attempt {
  readonly #listener: AttemptListener
  readonly #abort = new AbortController()
  #resumed: (() => void) | null = null
  #gate: Promise<void> | null = null
  #over = false

  constructor(listener: AttemptListener, run: NonNullable<UpstreamAdapter['run']>, target: RunTarget, room: Pick<Endpoint, 'upstream' | 'elsewhere'>) {
    this.#listener = listener
    const send = (request: UpstreamRequest, signal: AbortSignal): Promise<UpstreamAnswer> => sendOver(room, request, signal)
    void this.#read(() => run({ ...target, send, signal: this.#abort.signal }))
  }

  abort(): void {
    this.#over = true
    this.resume()
    this.#abort.abort()
  }

  pause(): void {
    if (this.#gate !== null) return
    this.#gate = new Promise((resolve) => {
      this.#resumed = resolve
    })
  }

  resume(): void {
    this.#resumed?.()
    this.#resumed = this.#gate = null
  }

  async #read(start: () => Promise<UpstreamAnswer>): Promise<void> {
    try {
      const { status, headers, body } = await start()
      if (!this.#over) this.#listener.onHead(status, headers)
      for await (const chunk of body) {
        if (this.#over) return
        this.#listener.onData(chunk)
        if (this.#gate !== null) await this.#gate
      }
      if (!this.#over) this.#listener.onEnd()
    } catch (error) {
      if (!this.#over) this.#listener.onError(errorCode(error))
    }
  }
}

async function sendOver({ upstream, elsewhere }: Pick<Endpoint, 'upstream' | 'elsewhere'>, { method, path, origin, headers, body }: UpstreamRequest, signal: AbortSignal): Promise<UpstreamAnswer> {
  const request = { method, path, headers, body, signal }
  const answer = await (origin === undefined ? upstream.request(request) : elsewhere.request({ ...request, origin }))
  return { status: answer.statusCode, headers: flat(answer.headers), body: answer.body as Readable }
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const single: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) single[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return single
}
