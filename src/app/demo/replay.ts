import { Pool } from 'undici'
import type { Random } from '../../core/random.ts'
import { DEMO_KEY, DEMO_MODEL } from './demo-config.ts'
import type { TraceCall } from './trace.ts'

export interface Replay {
  readonly sent: () => number
  /** Calls for each call of the trace, from now on. */
  readonly setLoad: (load: number) => void
  readonly stop: () => Promise<void>
}

/** Four bytes are a token to the simulated engines. A third of each prompt is shared by all calls of a feature, as system prompts are. */
const SHARED = 'rule'
const SHARED_PART = 3

function promptOf(tokens: number, feature: string, random: Random): string {
  const shared = Math.floor(tokens / SHARED_PART)
  const own = Array.from({ length: Math.max(1, tokens - shared) }, () => Math.floor(random() * 9000 + 1000))
  return `${feature.padEnd(8)}${SHARED.repeat(shared)}${own.join('')}`
}

/** Calls under way at once at most: the replay must not be what breaks. */
const MOST_OPEN = 2000

/** Plays a trace through a gateway at `speed`, in a loop, as streaming chat calls of several users and features. `firstLoad` repeats each call so many times on average. */
export function startReplay(url: string, calls: readonly TraceCall[], speed: number, firstLoad: number, now: () => number, random: Random): Replay {
  const pool = new Pool(url, { connections: 512, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 })
  const length = (calls.at(-1)?.atMs ?? 0) + 1000
  let load = firstLoad
  let began = now()
  let next = 0
  let due = 0
  let sent = 0
  let open = 0
  let stopped = false

  const send = async (call: TraceCall): Promise<void> => {
    open++
    const user = sent % 40
    const feature = user % 3 === 0 ? 'search' : 'chat'
    const body = JSON.stringify({ model: DEMO_MODEL, stream: true, max_tokens: Math.max(1, call.output), user: `user-${user}`, messages: [{ role: 'user', content: promptOf(call.input, feature, random) }] })
    try {
      const answer = await pool.request({ method: 'POST', path: '/v1/chat/completions', headers: { authorization: `Bearer ${DEMO_KEY}`, 'content-type': 'application/json', 'x-spillway-feature': feature }, body })
      await answer.body.dump({ limit: Number.MAX_SAFE_INTEGER })
    } catch {
      // What became of it is in the gateway's record.
    } finally {
      open--
    }
  }

  const timer = setInterval(() => {
    const at = (now() - began) * speed
    while (next < calls.length && calls[next]!.atMs <= at) {
      // A load of 1.5 sends every second call twice.
      for (due += load; due >= 1; due--) {
        if (open < MOST_OPEN) {
          sent++
          void send(calls[next]!)
        }
      }
      next++
    }
    if (!stopped && at > length) {
      began = now()
      next = 0
    }
  }, 10)

  return {
    sent: () => sent,
    setLoad: (next) => {
      load = next
    },
    stop: async () => {
      stopped = true
      clearInterval(timer)
      await pool.destroy()
    },
  }
}
