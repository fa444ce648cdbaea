import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'
import type { Dispatcher } from 'undici'
import { tellParent } from './child.ts'

/** The least that a correct streaming proxy does with the same parts: `node:http` in, undici's `dispatch` out, backpressure, aborts. */

const upstream = new Pool(process.argv[2]!, { connections: 256, headersTimeout: 0, bodyTimeout: 0, allowH2: false })
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding'])

class Relay implements Dispatcher.DispatchHandler {
  readonly #res: ServerResponse
  #controller: Dispatcher.DispatchController | null = null

  constructor(res: ServerResponse) {
    this.#res = res
    res.on('close', () => {
      if (!res.writableFinished) this.#controller?.abort(new Error('the client has gone'))
    })
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Record<string, string | string[] | undefined>): void {
    const flat: string[] = []
    for (const name in headers) if (!HOP_BY_HOP.has(name)) flat.push(name, headers[name] as string)
    this.#res.writeHead(status, flat)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#res.write(chunk)) return
    controller.pause()
    this.#res.once('drain', () => controller.resume())
  }

  onResponseEnd(): void {
    this.#res.end()
  }

  onResponseError(): void {
    if (this.#res.headersSent) this.#res.destroy()
    else this.#res.writeHead(502).end()
  }
}

const server = createServer((req: IncomingMessage, res) => {
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('end', () => {
    const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
    upstream.dispatch({ path: req.url!, method: 'POST', headers: { 'content-type': 'application/json', authorization: req.headers.authorization! }, body }, new Relay(res))
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => tellParent((server.address() as AddressInfo).port))
