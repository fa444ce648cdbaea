import type { ObservationKind } from '../../../core/observation.ts'
import { FIELDS, type Field } from '../dialects/dialect.ts'
import { meaningOf } from '../dialects/table.ts'
import type { AttributeValue, Attributes } from '../span.ts'

const FIELD_INDEX = Object.fromEntries(FIELDS.map((field, index) => [field, index])) as Readonly<Record<Field, number>>
const MOST_RAW = 64
/** Worse than every rank. */
const UNSAID = 1_000_000
/** Templates: a copy costs less than filling anew for every span. */
const NO_VALUES: readonly undefined[] = FIELDS.map(() => undefined)
const NO_RANKS: readonly number[] = FIELDS.map(() => UNSAID)

/** What attributes say in Spillway's own words; the first of several names for one thing has been chosen. */
export class Facts {
  readonly #values: (AttributeValue | undefined)[] = NO_VALUES.slice()
  readonly #ranks: number[] = NO_RANKS.slice()
  kind: ObservationKind | null = null
  #kindRank = UNSAID
  readonly tags: [string, AttributeValue][] = []
  readonly rawUsage: Record<string, number> = {}
  #raw = 0

  /** Reads attributes; those of an earlier call win over equal ones of a later. */
  read({ names, values }: Attributes): this {
    for (let index = 0; index < names.length; index++) {
      const meaning = meaningOf(names[index]!)
      if (meaning === null) continue
      const value = values[index]!
      for (const { index: field, rank } of meaning.fields) {
        if (rank >= this.#ranks[field]!) continue
        this.#ranks[field] = rank
        this.#values[field] = value
      }
      if (meaning.kinds !== null && meaning.kinds.rank < this.#kindRank && typeof value === 'string') {
        const kind = meaning.kinds.of.get(value)
        if (kind !== undefined) {
          this.kind = kind
          this.#kindRank = meaning.kinds.rank
        }
      }
      if (meaning.tag !== null) this.tags.push([meaning.tag, value])
      if (meaning.usage && typeof value === 'number') this.raw(names[index]!, value)
    }
    return this
  }

  raw(name: string, value: number): void {
    if (this.#raw >= MOST_RAW || !Number.isFinite(value) || Object.hasOwn(this.rawUsage, name) || name === '__proto__') return
    this.rawUsage[name.slice(0, 128)] = value
    this.#raw++
  }

  value(field: Field): AttributeValue | undefined {
    return this.#values[FIELD_INDEX[field]]
  }

  /** A text, or a number as text; cut. Null where it is absent or something else. */
  text(field: Field): string | null {
    return shortText(this.value(field))
  }

  number(field: Field): number | null {
    const value = this.value(field)
    const number = typeof value === 'number' || typeof value === 'bigint' ? Number(value) : typeof value === 'string' && value !== '' ? Number(value) : NaN
    return Number.isFinite(number) ? number : null
  }
}

export const MAX_NAME = 256

/** Text that is safe to keep: cut to `most` characters, without NUL (which databases refuse) and broken surrogates. */
export function clean(text: string, most = MAX_NAME): string {
  const cut = text.length > most ? text.slice(0, most) : text
  const whole = cut.isWellFormed() ? cut : cut.toWellFormed()
  return whole.includes('\u0000') ? whole.replaceAll('\u0000', '') : whole
}

export function shortText(value: AttributeValue | undefined, most = MAX_NAME): string | null {
  if (typeof value === 'string') return value === '' ? null : clean(value, most)
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  return Array.isArray(value) && value.length > 0 ? shortText(value[0] as AttributeValue, most) : null
}
