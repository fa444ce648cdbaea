import type { TokenUsage } from '../../../core/billing/rate-card.ts'

/** Counts as a client reported them; null = not said. Parts may or may not be included in `input` and `output`. */
export interface ReportedUsage {
  readonly input: number | null
  readonly cacheRead: number | null
  readonly cacheWrite: number | null
  readonly audioInput: number | null
  readonly imageInput: number | null
  readonly output: number | null
  readonly reasoning: number | null
  readonly audioOutput: number | null
  readonly total: number | null
}

export type Reads = 'inclusive' | 'exclusive'

export interface NormalizedUsage {
  readonly usage: TokenUsage
  /** What was reported and is no count of tokens: negative, fractional, too large. Such a bucket is unknown, not zero. */
  readonly invalid: readonly string[]
}

const PARTS_IN = ['cacheRead', 'cacheWrite', 'audioInput', 'imageInput'] as const
const PARTS_OUT = ['reasoning', 'audioOutput'] as const

/**
 * Disjoint buckets. Whether the parts are inside `input` and `output` is decided by the numbers where they can tell: a total that
 * only one reading makes, parts that are larger than the whole (which then does not include them: nothing is ever clamped);
 * else by how this client is known to count.
 */
export function normalizeUsage(reported: ReportedUsage, usual: Reads): NormalizedUsage {
  const invalid: string[] = []
  const counts: Record<string, number | null> = {}
  for (const name in reported) {
    const value = reported[name as keyof ReportedUsage]
    const good = value === null || (Number.isSafeInteger(value) && value >= 0)
    if (!good) invalid.push(name)
    counts[name] = good ? value : null
  }
  const partsIn = sum(counts, PARTS_IN)
  const partsOut = sum(counts, PARTS_OUT)
  const { input = null, output = null, total = null } = counts
  const [readsIn, readsOut] = reading(input, output, partsIn, partsOut, total, usual)
  const usage: Partial<Record<keyof TokenUsage, number>> = {}
  if (input !== null) usage.inputUncached = readsIn === 'inclusive' ? input - partsIn : input
  if (output !== null) usage.output = readsOut === 'inclusive' ? output - partsOut : output
  for (const name of [...PARTS_IN, ...PARTS_OUT]) {
    const count = counts[name]
    if (count !== null && count !== undefined && count > 0) usage[name] = count
  }
  return { usage, invalid }
}

function reading(input: number | null, output: number | null, partsIn: number, partsOut: number, total: number | null, usual: Reads): readonly [Reads, Reads] {
  // Without parts both readings say the same.
  if (partsIn === 0 && partsOut === 0) return [usual, usual]
  const other: Reads = usual === 'inclusive' ? 'exclusive' : 'inclusive'
  const possible = ([[usual, usual], [usual, other], [other, usual], [other, other]] as const).filter(
    ([readsIn, readsOut]) => !(readsIn === 'inclusive' && input !== null && input < partsIn) && !(readsOut === 'inclusive' && output !== null && output < partsOut),
  )
  const made = total === null ? undefined : possible.find(([readsIn, readsOut]) => (input ?? 0) + (readsIn === 'exclusive' ? partsIn : 0) + (output ?? 0) + (readsOut === 'exclusive' ? partsOut : 0) === total)
  return made ?? possible[0] ?? ['exclusive', 'exclusive']
}

function sum(counts: Readonly<Record<string, number | null>>, names: readonly string[]): number {
  return names.reduce((all, name) => all + (counts[name] ?? 0), 0)
}
