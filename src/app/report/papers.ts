import { Worker } from 'node:worker_threads'
import Type, { type Static } from 'typebox'
import { choicesOf } from '../../decide/input/asked-plan.ts'
import type { PlanChoices } from '../../decide/input/plan-choices.ts'
import { workerFile } from '../../store/worker-file.ts'
import { ApiError } from '../api/api-error.ts'

const name = (description: string) => Type.String({ minLength: 1, maxLength: 64, pattern: '^[\\w.-]+$', description })
const amount = (most: number, description: string) => Type.Union([Type.Number({ exclusiveMinimum: 0, maximum: most }), Type.Null()], { description })

/** What the calculator asks, as it sends it; limits are those of its own fields. */
export const PAPER_REQUEST = Type.Object(
  {
    requestsPerDay: Type.Number({ minimum: 1, maximum: 1e9, description: 'on each active day' }),
    week: Type.Array(Type.Integer({ minimum: 0, maximum: 1 }), { minItems: 168, maxItems: 168, description: 'hours with traffic, Monday first' }),
    words: Type.String({ minLength: 1, maxLength: 200, description: 'the same in words' }),
    model: name('a model of the catalog'),
    gpu: Type.Union([name('a GPU of the catalog'), Type.Null()], { description: 'null = the planner chooses' }),
    inputTokens: Type.Number({ minimum: 1, maximum: 1e6 }),
    cachedShare: Type.Number({ minimum: 0, maximum: 1 }),
    outputTokens: Type.Number({ minimum: 1, maximum: 1e6 }),
    sloTtft: amount(600, 'seconds to the first token'),
    residency: Type.Union([name('a region'), Type.Null()]),
    current: amount(1e10, 'US dollars a month that are paid today'),
    dedicated: amount(1e5, 'US dollars an hour'),
    serverless: amount(100, 'US dollars a second'),
    ops: Type.Enum(['none', 'serverless', 'managed', 'ray-serve', 'kubernetes']),
  },
  { additionalProperties: false },
)

export interface ToPaper {
  readonly format: 'pdf' | 'xlsx'
  readonly request: { readonly requestsPerDay: number; readonly week: readonly number[]; readonly words: string; readonly choices: PlanChoices; readonly currentMonthlyUsd: number | null }
  /** Unix ms, printed on the paper. */
  readonly now: number
}

export interface FromPaper {
  readonly bytes: Uint8Array | null
  readonly error: { readonly code: string; readonly message: string } | null
}

/** A paper takes a second or two; one that takes this long is given up, and its thread with it. */
const LONGEST_MS = 30_000
/** A thread that nobody needs goes: it holds some tens of megabytes. */
const IDLE_MS = 60_000

/** Sets papers one at a time, in a thread that is there while it is needed. */
export class Papers {
  #worker: Worker | null = null
  #busy = false
  #idle: NodeJS.Timeout | undefined

  /** Throws ApiError: busy while another is made, invalid_body for what cannot be planned. */
  async make(format: ToPaper['format'], asked: Static<typeof PAPER_REQUEST>, now: number): Promise<Uint8Array> {
    if (this.#busy) throw new ApiError('busy', 'Another paper is being made. Ask again in a moment.', null, { retryAfterSeconds: 2 })
    this.#busy = true
    clearTimeout(this.#idle)
    try {
      const { bytes, error } = await this.#ask({ format, now, request: { requestsPerDay: asked.requestsPerDay, week: asked.week, words: asked.words, choices: choicesOf(asked), currentMonthlyUsd: asked.current } })
      if (bytes !== null) return bytes
      if (error === null || error.code === 'INTERNAL') throw new Error(error?.message ?? 'the thread that sets papers ended')
      throw new ApiError('invalid_body', error.message)
    } finally {
      this.#busy = false
      this.#idle = setTimeout(() => void this.close(), IDLE_MS).unref()
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle)
    const worker = this.#worker
    this.#worker = null
    await worker?.terminate()
  }

  #ask(order: ToPaper): Promise<FromPaper> {
    const worker = (this.#worker ??= new Worker(workerFile(new URL('paper-worker.ts', import.meta.url), 'paper-worker.js'), { name: 'spillway-papers', resourceLimits: { maxOldGenerationSizeMb: 512 } }))
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer)
        worker.off('message', answered).off('error', lost).off('exit', ended)
      }
      const answered = (reply: FromPaper): void => {
        settle()
        resolve(reply)
      }
      const lost = (error: Error): void => {
        settle()
        this.#worker = null
        void worker.terminate()
        reject(error)
      }
      const ended = (): void => lost(new Error('the thread that sets papers ended'))
      const timer = setTimeout(() => lost(new Error('a paper took too long')), LONGEST_MS)
      worker.on('message', answered).on('error', lost).on('exit', ended)
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      worker.postMessage(order)
    })
  }
}
