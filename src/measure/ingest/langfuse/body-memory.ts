import { isObject, type Json } from './events.ts'

/** What is kept of a body between a create and its updates; long texts are used when they come and not kept. */
const KEPT = [
  'traceId', 'parentObservationId', 'type', 'name', 'startTime', 'endTime', 'completionStartTime', 'model', 'usage', 'usageDetails', 'costDetails', 'level', 'statusMessage',
  'promptName', 'promptVersion', 'metadata', 'environment', 'input', 'output', 'timestamp', 'userId', 'sessionId', 'tags', 'release', 'version',
] as const
const MOST_KEPT_CHARS = 4096

/**
 * Creates and updates of one thing put together, whichever comes first, also over several requests. The later event wins field by
 * field; null says nothing. Bounded: what was seen longest ago is forgotten, and an update of it then stands alone.
 */
export class BodyMemory {
  readonly #most: number
  readonly #bodies = new Map<string, Json>()

  constructor(most: number) {
    this.#most = most
  }

  merge(key: string, body: Json): Json {
    const known = this.#bodies.get(key)
    const merged: Record<string, unknown> = { ...known }
    for (const name of KEPT) {
      const value = body[name]
      if (value === undefined || value === null) continue
      const before = merged[name]
      merged[name] = name === 'metadata' && isObject(before) && isObject(value) ? { ...before, ...value } : value
    }
    this.#bodies.delete(key)
    this.#bodies.set(key, trimmed(merged))
    if (this.#bodies.size > this.#most) this.#bodies.delete(this.#bodies.keys().next().value!)
    return merged
  }
}

/** What is longest goes first: ids, times and counts are short. */
function trimmed(body: Json): Json {
  const sized = Object.entries(body).map((entry) => [entry, (JSON.stringify(entry[1]) ?? '').length] as const)
  let room = MOST_KEPT_CHARS
  return Object.fromEntries(
    sized.sort(([, a], [, b]) => a - b).flatMap(([entry, size]) => {
      room -= size
      return room >= 0 ? [entry] : []
    }),
  )
}
