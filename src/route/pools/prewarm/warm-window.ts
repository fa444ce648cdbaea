import type { PrewarmRule } from '../../config-types.ts'
import type { NextMoment } from './cron-moments.ts'

/** From `opensAt` on the pool is being warmed, at `warmAt` it must be warm, at `closesAt` that ends. Unix ms. */
export interface WarmWindow {
  readonly opensAt: number
  readonly warmAt: number
  readonly closesAt: number
}

/**
 * The window that `now` is in, or the next one. It is found from `now` alone, so that a restart or a jump of the clock in the
 * middle of a window finds it again.
 */
export function warmWindow({ leadMinutes, keepMinutes }: Pick<PrewarmRule, 'leadMinutes' | 'keepMinutes'>, moments: NextMoment, now: number): WarmWindow | null {
  const keep = keepMinutes * 60_000
  const warmAt = moments(now - keep)
  return warmAt === null ? null : { opensAt: warmAt - leadMinutes * 60_000, warmAt, closesAt: warmAt + keep }
}
