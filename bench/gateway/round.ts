import { eventsOf } from './answers.ts'
import { forSeconds, runLoad } from './load.ts'
import type { Load } from './load.ts'
import type { Running } from './target.ts'

/** What one round saw of one gateway. CPU is user and system time of its whole process tree. */
export interface Round {
  /** CPU microseconds of a request, as fast as it goes; the kernel's part of it. */
  readonly request: number
  readonly kernel: number
  /** The same where calls come at a fixed rate; null = it does not get that far. */
  readonly paced: number | null
  /** CPU microseconds of an event of a stream, with its share of what the request costs. */
  readonly chunk: number
  readonly perSecond: number
  /** Of a caller alone, less the same without a gateway, in ms. */
  readonly addedMs: number
  readonly rssMb: number
}

export const STREAM_TOKENS = 32
export const CHUNK_MS = 5
export const CONCURRENCY = 50
export const STREAMS = 100
/** Calls a second: a peer that sleeps between calls costs the kernel more than one that is busy. */
export const RATE = 2500
/** A gateway whose fastest is not this much above the rate cannot keep it. */
const HEADROOM = 1.2

const SECONDS = { fast: 3, paced: 2, streams: 3, alone: 1 } as const
/** V8's compiler works in threads of its own, whose time would count. */
const WARM_UP_SECONDS = { fast: 8, streams: 4 } as const

export const whole: Omit<Load, 'more'> = { concurrency: CONCURRENCY, rate: null, streamTokens: null }
const streams: Omit<Load, 'more'> = { ...whole, concurrency: STREAMS, streamTokens: STREAM_TOKENS }

export async function warmUp({ door }: Running): Promise<void> {
  await runLoad(door, { ...whole, more: forSeconds(WARM_UP_SECONDS.fast) })
  await runLoad(door, { ...streams, more: forSeconds(WARM_UP_SECONDS.streams) })
}

/** Milliseconds that a caller alone waits for an answer, in the median. */
export async function alone(door: Running['door']): Promise<number> {
  return (await runLoad(door, { ...whole, concurrency: 1, more: forSeconds(SECONDS.alone) })).p50Ms
}

export async function measure({ door, usage }: Running, directMs: number): Promise<Round> {
  const start = usage()
  const fast = await runLoad(door, { ...whole, more: forSeconds(SECONDS.fast) })
  const afterFast = usage()
  const perSecond = fast.done / fast.seconds
  const paced = perSecond < RATE * HEADROOM ? null : await runLoad(door, { ...whole, concurrency: 500, rate: RATE, more: forSeconds(SECONDS.paced) })
  const afterPaced = usage()
  const streamed = await runLoad(door, { ...streams, more: forSeconds(SECONDS.streams) })
  const afterStreams = usage()
  const aloneMs = await alone(door)
  return {
    request: (afterFast.cpuMicros - start.cpuMicros) / fast.done,
    kernel: (afterFast.systemMicros - start.systemMicros) / fast.done,
    paced: paced === null ? null : (afterPaced.cpuMicros - afterFast.cpuMicros) / paced.done,
    chunk: (afterStreams.cpuMicros - afterPaced.cpuMicros) / (streamed.done * eventsOf(STREAM_TOKENS)),
    perSecond,
    addedMs: aloneMs - directMs,
    rssMb: afterStreams.rssBytes / 2 ** 20,
  }
}
