export function compareGroups(a: readonly (string | null)[], b: readonly (string | null)[]): number {
  for (const [index, one] of a.entries()) {
    const other = b[index]!
    if (one !== other) return one === null ? 1 : other === null ? -1 : compareTexts(one, other)
  }
  return 0
}

/** By bytes of UTF-8, as databases do. */
export function compareTexts(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

export function compare<T extends number | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}
