import type { ObservationKind } from '../../../core/observation.ts'
import { AI_SDK } from './ai-sdk.ts'
import { type Dialect, FIELDS, type Field } from './dialect.ts'
import { GEN_AI } from './gen-ai.ts'
import { LANGFUSE } from './langfuse.ts'
import { OPENINFERENCE } from './openinference.ts'
import { OTHERS } from './others.ts'
import { TRACELOOP } from './traceloop.ts'

/** Where a span speaks several, the earlier one is believed: it says more about who sent it. */
const DIALECTS: readonly Dialect[] = [LANGFUSE, OPENINFERENCE, AI_SDK, TRACELOOP, GEN_AI, OTHERS]

/** What an attribute's name means: a field with its index and rank (lower wins), a kind, a tag, a raw count. */
export interface Meaning {
  readonly fields: readonly { readonly index: number; readonly rank: number }[]
  readonly kinds: { readonly rank: number; readonly of: ReadonlyMap<string, ObservationKind> } | null
  /** The name under which it is a tag; null = it is none. */
  readonly tag: string | null
  /** It is a count and is kept as reported. */
  readonly usage: boolean
}

const INDEX = new Map<Field, number>(FIELDS.map((field, index) => [field, index]))
const MOST_REMEMBERED = 8192

interface Draft {
  fields: { index: number; rank: number }[]
  kinds: Meaning['kinds']
}

function build(): Map<string, Draft> {
  const table = new Map<string, Draft>()
  const at = (name: string): Draft => {
    const found = table.get(name) ?? { fields: [], kinds: null }
    table.set(name, found)
    return found
  }
  let rank = 0
  for (const { fields, kinds } of DIALECTS) {
    for (const field of FIELDS) for (const name of fields[field] ?? []) at(name).fields.push({ index: INDEX.get(field)!, rank: rank++ })
    for (const [name, of] of Object.entries(kinds)) at(name).kinds = { rank: rank++, of: new Map(Object.entries(of)) }
  }
  return table
}

const EXACT = build()
const TAG_PREFIXES = DIALECTS.flatMap(({ tagPrefixes }) => tagPrefixes)
const USAGE_PREFIXES = DIALECTS.flatMap(({ usagePrefixes }) => usagePrefixes)
const remembered = new Map<string, Meaning | null>()

/** What `name` means in any dialect; null = nothing that Spillway reads. */
export function meaningOf(name: string): Meaning | null {
  const known = remembered.get(name)
  if (known !== undefined) return known
  const meaning = look(name)
  // Names are the client's to choose: beyond the cap they are looked up each time.
  if (remembered.size < MOST_REMEMBERED && name.length <= 128) remembered.set(name, meaning)
  return meaning
}

function look(name: string): Meaning | null {
  const exact = EXACT.get(name)
  const prefix = TAG_PREFIXES.find((one) => name.startsWith(one) && name.length > one.length)
  const usage = USAGE_PREFIXES.some((one) => name.startsWith(one))
  if (exact === undefined && prefix === undefined && !usage) return null
  return { fields: exact?.fields ?? [], kinds: exact?.kinds ?? null, tag: prefix === undefined || exact !== undefined ? null : name.slice(prefix.length), usage }
}
