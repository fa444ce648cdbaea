import { Pool } from 'undici'
import type { Random } from '../../core/random.ts'
import { Conversations } from './conversations.ts'
import { DEMO_KEY, DEMO_MODEL } from './demo-config.ts'
import type { TrafficCall } from './traffic.ts'

export interface Replay {
  readonly sent: () => number
  /** Calls for each call of the traffic, from now on. */
  readonly setLoad: (load: number) => void
  /** Resolves when every call has been sent and answered; never once it is stopped. */
  readonly over: Promise<void>
  readonly stop: () => Promise<void>
}

export interface ReplayOptions {
  readonly url: string
  readonly traffic: readonly TrafficCall[]
  /** Seconds of the traffic so far; it never goes back. */
  readonly time: () => number
  readonly random: Random
  /** Told of every call as it is sent. */
  readonly onSend: (call: TrafficCall) => void
}

/** Four bytes are a token to the simulated engines. No prompt is like another: the trace tells how long they are, nothing else. */
function promptOf(tokens: number, random: Random): string {
  return Array.from({ length: Math.max(1, tokens) }, () => Math.floor(random() * 9000 + 1000)).join('')
}

/** Calls under way at once at most: the replay must not be what breaks. */
const MOST_OPEN = 2000
const LOOK_MS = 10
/** Prompts that are kept: more than there are conversations at once. */
const MOST_REPEATED = 100

/** Plays the traffic once through a gateway, as streaming chat calls of several users and features, in conversations of which some are judged. */
export function startReplay({ url, traffic, time, random, onSend }: ReplayOptions): Replay {
  const pool = new Pool(url, { connections: 512, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 })
  const over = Promise.withResolvers<void>()
  let load = 1
  let next = 0
  let due = 0
  let sent = 0
  let open = 0

  const conversations = new Conversations(random)
  /** What agents that are stuck ask again and again, by conversation: few at a time. */
  const repeated = new Map<string, { readonly call: TrafficCall; readonly prompt: string }>()
  const request = async (path: string, headers: Readonly<Record<string, string>>, body: object): Promise<void> => {
    const answer = await pool.request({ method: 'POST', path, headers: { authorization: `Bearer ${DEMO_KEY}`, 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })
    await answer.body.dump({ limit: Number.MAX_SAFE_INTEGER })
  }

  const send = async (next: TrafficCall): Promise<void> => {
    open++
    sent++
    const { user, headers, conversation, repeats, score } = conversations.next()
    const { call, prompt } = (repeats === null ? undefined : repeated.get(repeats)) ?? { call: next, prompt: promptOf(next.input, random) }
    repeated.set(conversation, { call, prompt })
    if (repeated.size > MOST_REPEATED) repeated.delete(repeated.keys().next().value!)
    onSend({ ...call, at: next.at })
    try {
      // Exactly as long as in the trace: else an engine draws a length of its own, up to that.
      await request('/v1/chat/completions', headers, { model: DEMO_MODEL, stream: true, max_tokens: Math.max(1, call.output), ignore_eos: true, user, messages: [{ role: 'user', content: prompt }] })
      if (score !== null) await request('/api/public/scores', {}, { name: 'resolved', value: score.resolved ? 1 : 0, traceId: score.traceId })
    } catch {
      // What became of it is in the gateway's record.
    } finally {
      open--
    }
  }

  const timer = setInterval(() => {
    for (const now = time(); next < traffic.length && traffic[next]!.at <= now; next++) {
      const call = traffic[next]!
      // A load of 1.5 sends every second call twice.
      for (due += load; due >= 1; due--) {
        if (open >= MOST_OPEN) continue
        void send(call)
      }
    }
    if (next < traffic.length || open > 0) return
    clearInterval(timer)
    over.resolve()
  }, LOOK_MS)

  return {
    sent: () => sent,
    setLoad: (to) => {
      load = to
    },
    over: over.promise,
    stop: async () => {
      clearInterval(timer)
      await pool.destroy()
    },
  }
}
