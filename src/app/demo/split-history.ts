/** Calls that ended in one column's time, by who served them. */
export interface SplitColumn {
  readonly dedicated: number
  readonly serverless: number
}

export interface SplitHistory {
  readonly add: (endedAt: number, kind: keyof SplitColumn) => void
  /** The last columns, oldest first, the one under way last. */
  readonly read: (now: number) => readonly SplitColumn[]
}

/** Who served, over the last `columns` times `columnMs`. */
export function createSplitHistory(columnMs: number, columns: number): SplitHistory {
  const kept = new Map<number, { dedicated: number; serverless: number }>()
  return {
    add(endedAt, kind) {
      const column = Math.floor(endedAt / columnMs)
      const counts = kept.get(column) ?? { dedicated: 0, serverless: 0 }
      counts[kind]++
      kept.set(column, counts)
      for (const old of kept.keys()) if (old <= column - columns) kept.delete(old)
    },
    read(now) {
      const last = Math.floor(now / columnMs)
      return Array.from({ length: columns }, (_, index) => kept.get(last - columns + 1 + index) ?? { dedicated: 0, serverless: 0 })
    },
  }
}
