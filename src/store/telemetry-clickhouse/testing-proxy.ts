import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/**
 * What befalls a statement: the way is cut before the server has it or after it has done it, no answer ever comes, or an error does; or
 * something else happens before it goes on its way, or while it is on it, and then the way is cut.
 */
export type Fault = 'cut before' | 'cut after' | 'hang' | { readonly code: number; readonly message: string } | { readonly before: () => Promise<void> } | { readonly during: () => Promise<void> }

export interface Proxy {
  readonly url: string
  /** What was asked of the server since the last `watch`: the first words of each statement. */
  readonly seen: readonly string[]
  /** From now on `choose` says what befalls the statement with this number (from 0) and these first words; null = nothing. */
  readonly watch: (choose: (index: number, statement: string) => Fault | null) => void
  readonly stop: () => Promise<void>
}

/** Stands before a ClickHouse and does harm. */
export async function startProxy(upstream: string): Promise<Proxy> {
  let seen: string[] = []
  let choose: Parameters<Proxy['watch']>[0] | null = null
  const server = createServer({ maxHeaderSize: 2 ** 20 }, async (request, response) => {
    const body = await buffer(request)
    const statement = firstWords(request.url!, body)
    const number = seen.push(statement) - 1
    const fault = choose?.(number, statement) ?? null
    if (fault === 'hang') return
    if (fault === 'cut before') return void request.socket.destroy()
    if (typeof fault === 'object' && fault !== null && 'code' in fault) return void response.writeHead(500, { 'x-clickhouse-exception-code': fault.code }).end(`Code: ${fault.code}. DB::Exception: ${fault.message}. (INJECTED)`)
    if (typeof fault === 'object' && fault !== null && 'before' in fault) await fault.before()
    if (typeof fault === 'object' && fault !== null && 'during' in fault) {
      forward(upstream, request, body).catch(() => {})
      await fault.during()
      return void request.socket.destroy()
    }
    const answer = await forward(upstream, request, body).catch(() => null)
    if (answer === null || fault === 'cut after') return void request.socket.destroy()
    await pass(answer, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get seen() {
      return seen
    },
    watch: (chosen) => {
      seen = []
      choose = chosen
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** In the URL, or in the body: as it is, or as a part of a form. */
function firstWords(url: string, body: Buffer): string {
  const text = new URL(url, 'http://localhost').searchParams.get('query') ?? body.toString('utf8')
  return /(?:SELECT|INSERT INTO \w+|CREATE TABLE IF NOT EXISTS \w+|ALTER TABLE \w+|OPTIMIZE|DELETE FROM \w+)/u.exec(text)?.[0] ?? ''
}

function forward(upstream: string, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Response> {
  const { authorization = '', 'content-type': type = 'text/plain' } = headers
  return fetch(`${upstream}${url}`, { method: method!, headers: { authorization, 'content-type': type }, body: method === 'GET' ? null : new Uint8Array(body) })
}

async function pass(answer: Response, response: ServerResponse): Promise<void> {
  const kept = [...answer.headers].filter(([name]) => name.startsWith('x-clickhouse-') || name === 'content-type')
  response.writeHead(answer.status, Object.fromEntries(kept)).end(Buffer.from(await answer.arrayBuffer()))
}
