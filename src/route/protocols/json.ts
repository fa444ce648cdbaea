/** Parsed JSON that nobody has checked yet. */
export type Json = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object that a text is; null for anything else, broken JSON included. */
export function parseObject(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

/** A member that is an object; an empty one where it is absent or something else. */
export function objectAt(json: Json, key: string): Json {
  const value = json[key]
  return isObject(value) ? value : {}
}

/** A member that is a list; empty where it is absent or something else. */
export function listAt(json: Json, key: string): readonly unknown[] {
  const value = json[key]
  return Array.isArray(value) ? value : []
}

/** A member that is a text; null where it is absent or something else. */
export function textAt(json: Json, key: string): string | null {
  const value = json[key]
  return typeof value === 'string' ? value : null
}

/** A member that is a whole number of 0 or more, such as a count of tokens; null where it is absent or something else. */
export function countAt(json: Json, key: string): number | null {
  return count(json[key])
}

/** The same of a value. */
export function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}
