import { performance } from 'node:perf_hooks'
import { Pool } from 'undici'
import type { Dispatcher } from 'undici'

/** What a load has seen. Times in ms. */
export interface LoadResult {
  readonly done: number
  readonly failed: number
  readonly chunks: number
  readonly seconds: number
  readonly p50: number
}

/** About 950 bytes, as a short chat with a system prompt. */
function body(n: number, stream: boolean): string {
  const system = 'You are a careful assistant of a company that sells spare parts for bicycles. Answer briefly, in the language of the question, and never promise a date of delivery. '.repeat(4)
  return JSON.stringify({ model: 'llama-3.1-8b', messages: [{ role: 'system', content: system }, { role: 'user', content: `Order ${n}: which chain fits a hub with eleven gears, and do you have it?` }], temperature: 0.2, max_tokens: 64, ...(stream ? { stream: true } : {}) })
}

export interface Load {
  readonly total: number
  /** Most calls at once. */
  readonly concurrency: number
  readonly stream: boolean
  /** Calls a second that are offered, evenly; null = each caller sends its next as soon as its last is done. */
  readonly rate: number | null
}

/** How often due calls are sent where there is a rate. */
const PACE_MS = 2

export async function runLoad(port: number, { total, concurrency, stream, rate }: Load): Promise<LoadResult> {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: concurrency, headersTimeout: 0, bodyTimeout: 0, allowH2: false })
  const latencies: number[] = []
  let started = 0
  let failed = 0
  let chunks = 0
  const start = performance.now()
  await new Promise<void>((resolve) => {
    let open = 0
    const pacer = rate === null ? null : setInterval(() => pace(rate), PACE_MS)
    const pace = (perSecond: number): void => {
      const due = ((performance.now() - start) / 1000) * perSecond
      const count = Math.min(Math.ceil(due) - started, total - started, concurrency - open)
      for (let i = 0; i < count; i++) send()
    }
    const send = (): void => {
      const n = started++
      open++
      const at = performance.now()
      let ok = false
      const over = (): void => {
        open--
        if (started < total) {
          if (pacer === null) send()
        } else if (open === 0) {
          if (pacer !== null) clearInterval(pacer)
          resolve()
        }
      }
      const handler: Dispatcher.DispatchHandler = {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, status) => {
          ok = status === 200
        },
        onResponseData: (_controller, chunk) => {
          if (stream) for (let i = chunk.indexOf('data: '); i !== -1; i = chunk.indexOf('data: ', i + 6)) chunks++
        },
        onResponseEnd: () => {
          if (!ok) failed++
          latencies.push(performance.now() - at)
          over()
        },
        onResponseError: () => {
          failed++
          over()
        },
      }
      pool.dispatch({ path: '/v1/chat/completions', method: 'POST', headers: { 'content-type': 'application/json', authorization: 'Bearer sw_demo' }, body: body(n, stream) }, handler)
    }
    if (pacer === null) for (let i = 0; i < concurrency; i++) send()
  })
  const seconds = (performance.now() - start) / 1000
  await pool.close()
  latencies.sort((a, b) => a - b)
  return { done: latencies.length, failed, chunks, seconds, p50: latencies[Math.floor(latencies.length / 2)] ?? Number.NaN }
}
