import type { Detected } from './detect.ts'
import type { MooncakeRows } from './mooncake.ts'
import type { TimeZone } from './time-zone.ts'
import type { TrafficAccumulator } from './traffic-accumulator.ts'

/** What a reader should know about a trace of requests before believing its figures, one sentence each. */
export function requestWarnings(detected: Detected, requests: TrafficAccumulator, mooncake: MooncakeRows | null): string[] {
  const warnings: string[] = []
  if (detected.kind === 'csv' && detected.guessed) {
    const taken = Object.entries(detected.layout.columns).map(([role, name]) => `${role} = ${name}`)
    warnings.push(`Columns were taken by their names: ${taken.join(', ')}.`)
  }
  const { backward } = requests.interArrival
  if (backward > 0) warnings.push(`${backward} rows lie before an earlier row in time; bins are right all the same.`)
  if (requests.withoutOutput > 0) warnings.push(`${requests.withoutOutput} requests have no output tokens${detected.format === 'burstgpt' ? ' (failed requests in BurstGPT)' : ''}; they are counted as requests.`)
  if (mooncake?.hashes) {
    const { evictedBlocks, blockTokens } = mooncake.prefixCache.report()
    warnings.push(`Cached tokens are estimated from ${blockTokens}-token block hashes with ${evictedBlocks === 0 ? 'one infinite cache' : 'one cache of 500,000 blocks'} for all requests: an upper limit, since each replica has a smaller one of its own.`)
  }
  return warnings
}

/** What changes of the clock did to local times. */
export function clockWarnings({ skipped, repeated, name }: TimeZone): string[] {
  const warnings: string[] = []
  if (skipped > 0) warnings.push(`${skipped} times do not exist in ${name} (clocks went forward); they were moved forward.`)
  if (repeated > 0) warnings.push(`${repeated} times occur twice in ${name} (clocks went back); the first was taken unless the row before shows that it is the second.`)
  return warnings
}
