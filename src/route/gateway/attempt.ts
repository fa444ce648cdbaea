import type { Dispatcher } from 'undici'
import type { UpstreamRequest } from '../seams.ts'
import type { Endpoint } from './runtime.ts'

/** Who hears of an attempt. Called in order: head, data ..., then end or error, once; nothing after `abort`. */
export interface AttemptListener {
  readonly onHead: (status: number, headers: Readonly<Record<string, string | string[] | undefined>>) => void
  readonly onData: (chunk: Buffer) => void
  readonly onEnd: () => void
  /** `code`: for the record, such as ECONNREFUSED; never a message. */
  readonly onError: (code: string) => void
}

/** An upstream that is being asked: what the passage can do to it. */
export interface Attempt {
  readonly abort: () => void
  /** Stop reading from the upstream until `resume`. */
  readonly pause: () => void
  readonly resume: () => void
}

/** Reasons are never looked at: one is enough. */
const ABORTED = new Error('aborted by the gateway')

/** The upstream's room: one request to one endpoint, its answer as it comes. Redirects are not followed. */
export class DispatchAttempt implements Attempt, Dispatcher.DispatchHandler {
  readonly #listener: AttemptListener
  #controller: Dispatcher.DispatchController | null = null
  #over = false

  constructor(listener: AttemptListener) {
    this.#listener = listener
  }

  send(endpoint: Endpoint, { method, path, headers, body }: UpstreamRequest): void {
    if (!this.#over) endpoint.upstream.dispatch({ method, path, headers, body }, this)
  }

  abort(): void {
    if (this.#over) return
    this.#over = true
    this.#controller?.abort(ABORTED)
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    this.#controller?.resume()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#over) controller.abort(ABORTED)
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Record<string, string | string[] | undefined>): void {
    if (!this.#over) this.#listener.onHead(status, headers)
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#over) this.#listener.onData(chunk)
  }

  onResponseEnd(): void {
    if (this.#over) return
    this.#over = true
    this.#listener.onEnd()
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#over) return
    this.#over = true
    this.#listener.onError(errorCode(error))
  }
}

const CODE = /^[A-Z][A-Z0-9_]{1,40}$/u
const NAME = /^[A-Z][A-Za-z]{1,40}$/u

/** The code of a failure of the network, for the record: `ECONNREFUSED`, `ENOTFOUND`, `UND_ERR_SOCKET` ... */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN'
  const code = (error as { code?: unknown }).code
  if (typeof code === 'string' && CODE.test(code)) return code
  // Several addresses of one name, all of which failed.
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0])
  if (error.cause !== undefined) return errorCode(error.cause)
  return NAME.test(error.name) ? error.name : 'UNKNOWN'
}
