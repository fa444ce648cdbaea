/** What of a journal is kept. */
export interface RetentionLimits {
  /** What was written longer ago goes once every reader has had it. Null = it stays. */
  readonly keepMs: number | null
  /** The whole journal on disk: beyond this the oldest goes, read or not. */
  readonly maxBytes: number
}

/** A segment that is written no more, since another has followed it. */
export interface SealedSegment {
  readonly file: string
  readonly base: number
  /** Base of the next. */
  readonly end: number
  /** On disk. */
  readonly bytes: number
  /** Unix ms of its last write. */
  readonly writtenAt: number
}

/** A segment to remove. `unreadBy`: who would still have read it; nobody, unless the journal has grown too large. */
export interface Removal {
  readonly segment: SealedSegment
  readonly unreadBy: readonly string[]
}

/**
 * Which segments go, a run from the oldest on, so that what stays is one piece. `newestBytes`: of the segment that is being
 * written, which always stays. `needs`: the position from which on each reader still needs the journal.
 */
export function segmentsToRemove(sealed: readonly SealedSegment[], newestBytes: number, { keepMs, maxBytes }: RetentionLimits, now: number, needs: ReadonlyMap<string, number>): Removal[] {
  let total = sealed.reduce((sum, { bytes }) => sum + bytes, newestBytes)
  const removals: Removal[] = []
  for (const segment of sealed) {
    const unreadBy = [...needs].flatMap(([reader, position]) => (position < segment.end ? [reader] : []))
    const over = total > maxBytes
    const old = keepMs !== null && now - segment.writtenAt > keepMs
    if (!over && (!old || unreadBy.length > 0)) break
    removals.push({ segment, unreadBy })
    total -= segment.bytes
  }
  return removals
}
