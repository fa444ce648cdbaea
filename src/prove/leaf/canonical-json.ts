import { SpillwayError } from '../../core/errors.ts'

/** What canonical JSON may hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json | undefined }

const DEEPEST = 32

/**
 * JSON in the one spelling of RFC 8785 (JCS): members sorted by the UTF-16 units of their names, no white space, strings and
 * numbers as ECMAScript writes them. Members that are undefined are left out. Throws AUDIT_LEAF_INVALID for what has no such
 * spelling: numbers that are not finite, lone surrogates, anything but JSON; and for nesting beyond 32.
 */
export function canonicalJson(value: Json): string {
  return spell(value, exact, 0)
}

/** The same for what strangers wrote: lone surrogates, which have no spelling, become U+FFFD. */
export function mendedCanonicalJson(value: Json): string {
  return spell(value, mended, 0)
}

function spell(value: Json, string: (text: string) => string, depth: number): string {
  if (depth > DEEPEST) throw invalid(`is nested deeper than ${DEEPEST}`)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return number(value)
  if (typeof value === 'string') return string(value)
  if (Array.isArray(value)) return `[${value.map((item: Json) => spell(item, string, depth + 1)).join(',')}]`
  if (typeof value !== 'object') throw invalid(`holds a ${typeof value}`)
  const fields = value as { readonly [name: string]: Json | undefined }
  let members = ''
  for (const name of Object.keys(fields).sort()) {
    const member = fields[name]
    if (member !== undefined) members += `${members === '' ? '' : ','}${string(name)}:${spell(member, string, depth + 1)}`
  }
  return `{${members}}`
}

function number(value: number): string {
  if (Number.isSafeInteger(value)) return String(value)
  if (!Number.isFinite(value)) throw invalid('holds a number that is not finite')
  return JSON.stringify(value)
}

/** Text that stands between quotes as it is: most of it does, and looking is half the time of `JSON.stringify`. */
const PLAIN = /^[ !#-[\]-~]*$/u

function mended(value: string): string {
  return PLAIN.test(value) ? `"${value}"` : JSON.stringify(value.toWellFormed())
}

function exact(value: string): string {
  if (PLAIN.test(value)) return `"${value}"`
  if (!value.isWellFormed()) throw invalid('holds half of a surrogate pair')
  return JSON.stringify(value)
}

function invalid(what: string): SpillwayError {
  return new SpillwayError('AUDIT_LEAF_INVALID', `the record ${what}`, 'This is a defect of Spillway; please report it')
}
