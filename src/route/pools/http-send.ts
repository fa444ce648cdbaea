import { Agent, request } from 'undici'
import { guardedLookup, isLinkLocal } from './address-guard.ts'

/** A small request to an upstream or a provider, outside the way of a call. */
export interface SmallRequest {
  readonly url: string
  readonly method: 'GET' | 'POST' | 'PATCH'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer | null
  /** For the whole of it. */
  readonly timeoutMs: number
  /** Longer answers are refused. */
  readonly maxBytes: number
  /** Default false: a link-local address is not connected to. */
  readonly allowLinkLocal?: boolean
}

export interface SmallAnswer {
  readonly status: number
  /** The upstream's clock (`Date`), as it came; null where there is none. */
  readonly date: string | null
  readonly body: string
}

/** Rejects with an Error whose message is fit for a log: it names no secret, no URL and no body. */
export type HttpSend = (request: SmallRequest, signal?: AbortSignal) => Promise<SmallAnswer>

export interface HttpClient {
  readonly send: HttpSend
  readonly close: () => Promise<void>
}

/** Redirects are not followed, compressed answers not asked for. */
export function httpClient(): HttpClient {
  const guarded = new Agent({ connect: { timeout: 5000, lookup: guardedLookup() }, keepAliveTimeout: 10_000 })
  const open = new Agent({ connect: { timeout: 5000 }, keepAliveTimeout: 10_000 })
  return {
    send: async ({ url, method, headers, body, timeoutMs, maxBytes, allowLinkLocal }, signal) => {
      if (allowLinkLocal !== true && isLinkLocal(new URL(url).hostname)) throw new Error('a link-local address')
      const timeout = AbortSignal.timeout(timeoutMs)
      try {
        const answer = await request(url, { dispatcher: allowLinkLocal === true ? open : guarded, method, headers: { 'accept-encoding': 'identity', ...headers }, body, signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]) })
        const text = await readBounded(answer.body, maxBytes)
        const { date } = answer.headers
        return { status: answer.statusCode, date: typeof date === 'string' ? date : null, body: text }
      } catch (error) {
        throw new Error(timeout.aborted ? `no answer within ${timeoutMs} ms` : reason(error), { cause: error })
      }
    },
    close: async () => {
      await Promise.all([guarded.destroy(), open.destroy()])
    },
  }
}

async function readBounded(body: AsyncIterable<Buffer>, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new Error(`an answer of more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  ENOTFOUND: 'the name does not resolve',
  EAI_AGAIN: 'the name server does not answer',
  ETIMEDOUT: 'connection timed out',
  EHOSTUNREACH: 'host unreachable',
  UND_ERR_CONNECT_TIMEOUT: 'connection timed out',
  UND_ERR_SOCKET: 'the connection broke',
  ELINKLOCAL: 'the name resolves to a link-local address',
}

function reason(error: unknown): string {
  const { code, message, cause } = error as NodeJS.ErrnoException & { readonly cause?: NodeJS.ErrnoException }
  return WORDS[code ?? ''] ?? WORDS[cause?.code ?? ''] ?? (code === undefined ? message : `failed (${code})`)
}
