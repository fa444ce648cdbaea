import { forSeconds, runLoad } from './load.ts'
import { whole } from './round.ts'
import type { Running } from './target.ts'

/** One process, and two side by side with the same work for each, in front of the same upstream. */
export interface Scaling {
  readonly one: Carried
  readonly two: Carried
}

export interface Carried {
  readonly perSecond: number
  /** CPU microseconds of a request, over all processes. */
  readonly request: number
  /** Cores that the gateways used. */
  readonly cores: number
}

/** Calls a second for each process: so many that callers, upstream and two gateways do not fill two cores, where each would slow the others. */
export const RATE_EACH = 3000
const SECONDS = 3

export async function measureScaling(one: Running, other: Running): Promise<Scaling> {
  return { one: await carry([one]), two: await carry([one, other]) }
}

async function carry(running: readonly Running[]): Promise<Carried> {
  const before = running.map(({ usage }) => usage().cpuMicros)
  const results = await Promise.all(running.map(({ door }) => runLoad(door, { ...whole, concurrency: 500, rate: RATE_EACH, more: forSeconds(SECONDS) })))
  const micros = running.reduce((sum, { usage }, index) => sum + usage().cpuMicros - before[index]!, 0)
  const done = results.reduce((sum, result) => sum + result.done, 0)
  const seconds = Math.max(...results.map((result) => result.seconds))
  return { perSecond: done / seconds, request: micros / done, cores: micros / 1e6 / seconds }
}
