import { editDistance } from '../../core/edit-distance.ts'

/** The candidate within a third of the name's length in edits, the nearest one; null where none is that near. */
export function nearestName(name: string, candidates: readonly string[]): string | null {
  if (name.length > 100) return null
  const limit = Math.max(2, Math.floor(name.length / 3))
  const wanted = plain(name)
  let best: string | null = null
  let least = limit + 1
  for (const candidate of candidates) {
    const edits = editDistance(wanted, plain(candidate))
    if (edits < least) [best, least] = [candidate, edits]
  }
  return best
}

/** `max_body`, `max-body` and `maxBody` are the same to a person. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]/gu, '')
}
