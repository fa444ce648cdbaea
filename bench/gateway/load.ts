import { performance } from 'node:perf_hooks'
import { Pool } from 'undici'
import type { Dispatcher } from 'undici'
import { problemOfAnswer, problemOfStream } from './answers.ts'
import { median } from './spread.ts'

/** Whom to call, and how that one wants to be called. */
export interface Door {
  readonly port: number
  /** The model's name there. */
  readonly model: string
  readonly headers: Readonly<Record<string, string>>
}

export interface Load {
  /** Whether another call is sent, after so many and so much time. */
  readonly more: (sent: number, elapsedMs: number) => boolean
  /** Most calls at once. */
  readonly concurrency: number
  /** Calls a second that are offered, evenly; null = each caller sends its next as soon as its last is done. */
  readonly rate: number | null
  /** Tokens of each stream; null = whole answers. */
  readonly streamTokens: number | null
}

/** What a load has seen: right answers only, since the first wrong one ends it. */
export interface LoadResult {
  readonly done: number
  readonly seconds: number
  readonly p50Ms: number
}

export const forSeconds =
  (seconds: number): Load['more'] =>
  (_, elapsedMs) =>
    elapsedMs < seconds * 1000
export const times =
  (count: number): Load['more'] =>
  (sent) =>
    sent < count

/** A short chat with a system prompt; the whole body has about 950 bytes. */
const SYSTEM = 'You are a careful assistant of a company that sells spare parts for bicycles. Answer briefly, in the language of the question, and never promise a date of delivery. '.repeat(4)
/** How often due calls are sent where there is a rate. */
const PACE_MS = 2

/** No two bodies of a process are the same: a loop guard would take them for a loop. */
let bodies = 0

/** Sends calls until there are to be no more and all have ended. Rejects with the first answer that is not what the upstream said. */
export async function runLoad({ port, model, headers }: Door, { more, concurrency, rate, streamTokens }: Load): Promise<LoadResult> {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: concurrency, headersTimeout: 0, bodyTimeout: 0, allowH2: false })
  const opening = `${JSON.stringify({ model, temperature: 0.2, max_tokens: 64, ...(streamTokens === null ? {} : { stream: true }) }).slice(0, -1)},"messages":[{"role":"system","content":${JSON.stringify(SYSTEM)}},`
  const body = (): string => `${opening}{"role":"user","content":"Order ${bodies++}: which chain fits a hub with eleven gears, and do you have it?"}]}`
  const request = { path: '/v1/chat/completions', method: 'POST', headers: { 'content-type': 'application/json', ...headers } } as const
  const latencies: number[] = []
  let sent = 0
  let open = 0
  const start = performance.now()
  const goesOn = (): boolean => more(sent, performance.now() - start)
  await new Promise<void>((resolve, reject) => {
    const pacer = rate === null ? null : setInterval(() => pace(rate), PACE_MS)
    const settle = (error: Error | null): void => {
      if (pacer !== null) clearInterval(pacer)
      if (error === null) resolve()
      else reject(error)
    }
    const pace = (perSecond: number): void => {
      const due = Math.ceil(((performance.now() - start) / 1000) * perSecond) - sent
      for (let i = Math.min(due, concurrency - open); i > 0 && goesOn(); i--) send()
      if (open === 0 && !goesOn()) settle(null)
    }
    const send = (): void => {
      sent++
      open++
      const at = performance.now()
      let status = 0
      const chunks: Buffer[] = []
      const handler: Dispatcher.DispatchHandler = {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, code) => {
          status = code
        },
        onResponseData: (_controller, chunk) => {
          chunks.push(chunk)
        },
        onResponseEnd: () => {
          open--
          latencies.push(performance.now() - at)
          const text = Buffer.concat(chunks).toString()
          const problem = status === 200 ? (streamTokens === null ? problemOfAnswer(text) : problemOfStream(text, streamTokens)) : `status ${status}: ${text.slice(0, 500)}`
          if (problem !== null) settle(new Error(problem))
          else if (pacer === null && goesOn()) send()
          else if (open === 0 && !goesOn()) settle(null)
        },
        onResponseError: (_controller, error) => settle(error),
      }
      pool.dispatch({ ...request, body: body() }, handler)
    }
    if (pacer === null) for (let i = 0; i < concurrency && goesOn(); i++) send()
  }).finally(() => pool.destroy())
  const seconds = (performance.now() - start) / 1000
  return { done: latencies.length, seconds, p50Ms: median(latencies) }
}
