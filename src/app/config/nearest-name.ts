/** The candidate within a third of the name's length in edits, the nearest one; null where none is that near. */
export function nearestName(name: string, candidates: readonly string[]): string | null {
  if (name.length > 100) return null
  const limit = Math.max(2, Math.floor(name.length / 3))
  const wanted = plain(name)
  let best: string | null = null
  let least = limit + 1
  for (const candidate of candidates) {
    const edits = distance(wanted, plain(candidate))
    if (edits < least) [best, least] = [candidate, edits]
  }
  return best
}

/** `max_body`, `max-body` and `maxBody` are the same to a person. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]/gu, '')
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) current.push(Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    previous = current
  }
  return previous[b.length]!
}
