import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect, createServer as createNetServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { KEY } from './testing-config.ts'

const running: (() => Promise<void>)[] = []
const leftovers: (() => Promise<void>)[] = []

/** What `stopAll` does, besides; `last` = when all else has ended. */
export function onStop(stop: () => Promise<void>, when: 'at once' | 'last' = 'at once'): void {
  if (when === 'last') leftovers.push(stop)
  else running.push(stop)
}

/** Ends all that a test has started; call it after each. */
export async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map((stop) => stop()))
  await Promise.all(leftovers.splice(0).map((stop) => stop()))
}

export interface Upstream {
  readonly url: string
  /** Bodies that came, parsed. */
  readonly bodies: Record<string, unknown>[]
  /** The same as text. */
  readonly texts: string[]
  readonly headers: IncomingMessage['headers'][]
}

/** An upstream by hand: `answer` gets each request after its body was read. */
export async function startUpstream(answer: (res: ServerResponse, body: Record<string, unknown>, req: IncomingMessage) => void): Promise<Upstream> {
  const upstream = { url: '', bodies: [] as Record<string, unknown>[], texts: [] as string[], headers: [] as IncomingMessage['headers'][] }
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
      upstream.texts.push(text)
      upstream.bodies.push(body)
      upstream.headers.push(req.headers)
      answer(res, body, req)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  running.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  upstream.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return upstream
}

/** An upstream below HTTP: `onRequest` gets the socket when the head of a request has come. */
export async function startRawUpstream(onRequest: (socket: Socket) => void): Promise<{ readonly url: string; readonly sockets: Set<Socket> }> {
  const sockets = new Set<Socket>()
  const server = createNetServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (bytes) => {
      if (bytes.includes('HTTP/1.1\r\n')) onRequest(socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  running.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  )
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets }
}

/** A client below HTTP. `text` is all that came so far; `until` resolves when it matches, or rejects at the end of the connection. */
export async function rawClient(port: number): Promise<{ readonly socket: Socket; readonly text: () => string; readonly until: (pattern: RegExp) => Promise<string>; readonly closed: Promise<string> }> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('error', () => undefined)
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1')
  })
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(text)))
  running.push(async () => {
    socket.destroy()
    await closed
  })
  await once(socket, 'connect')
  const until = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (pattern.test(text)) resolve(text)
      }
      socket.on('data', check)
      socket.on('close', () => reject(new Error(`closed before ${pattern}: ${text}`)))
      check()
    })
  return { socket, text: () => text, until, closed }
}

/** The head and body of a call, as bytes of HTTP. */
export function rawCall(body: unknown, head: readonly string[] = []): string {
  const text = JSON.stringify(body)
  return [`POST /v1/chat/completions HTTP/1.1`, 'host: gateway', `authorization: Bearer ${KEY}`, 'content-type: application/json', `content-length: ${Buffer.byteLength(text)}`, ...head, '', text].join('\r\n')
}
