import type { CallRecord } from '../../core/call.ts'
import type { JournalReader } from '../../store/journal.ts'
import { recordCommitment, utc } from '../leaf/call-leaf.ts'
import type { CallLeaf, Leaf } from '../leaf/schema.ts'
import type { TenantKeys } from '../leaf/tenant-keys.ts'

export interface ComparisonOptions {
  readonly leaves: AsyncIterable<{ readonly index: number; readonly leaf: Leaf }>
  readonly journal: JournalReader
  readonly keys: TenantKeys
  /** Position that the journal begins at: what was before it is there no more. */
  readonly journalStart: number
  /** Position up to which the log has taken records. */
  readonly taken: number
  /** The log has removed its oldest entries: calls before its first leaf are compared with nothing. */
  readonly pruned: boolean
  /** Calls that ended from `from` to before `to`, Unix ms; null = no end. */
  readonly from: number | null
  readonly to: number | null
}

export interface Difference {
  /** `missing`: in the journal, not in the log; `extra`: the other way round; `changed`: the leaf was made of another record. */
  readonly what: 'missing' | 'extra' | 'changed'
  readonly call: string
  /** Position in the journal. */
  readonly position: number
  /** Number of the entry in the log; null where it has none. */
  readonly entry: number | null
}

export interface Comparison {
  /** Calls in the journal. */
  readonly served: number
  /** Leaves of calls. */
  readonly leaves: number
  /** Leaves that were made of the record at their position: their commitment to it holds. */
  readonly equal: number
  /** Calls that are on their way into the log. */
  readonly waiting: number
  /** Leaves of calls that the journal holds no more. */
  readonly older: number
  readonly missing: number
  readonly extra: number
  readonly changed: number
  /** Calls that the configuration keeps out of the log: their models' mode is off. Not among those served. */
  readonly unlogged: number
  /** Calls that were begun and have no outcome: they run, or a crash has ended them. In strict mode alone. */
  readonly open: number
  /** Losses that were noticed: records that neither the journal nor the log has. Null = how many is not known. */
  readonly gaps: readonly { readonly reason: string; readonly lost: number | null; readonly until: string }[]
  /** The first twenty. */
  readonly differences: readonly Difference[]
}

const MOST_NAMED = 20
const MOST_GAPS = 1000

/**
 * Every served call against its leaf: both stand in the order of the journal, so that one pass over each is enough. A call and
 * its leaf are equal where the leaf's commitment is to that very record.
 */
export async function compareJournal(options: ComparisonOptions): Promise<Comparison> {
  const { keys, journalStart, taken } = options
  const counts = { served: 0, leaves: 0, equal: 0, waiting: 0, older: 0, missing: 0, extra: 0, changed: 0 }
  const begun = new Set<string>()
  let unlogged = 0
  const gaps: { reason: string; lost: number | null; until: string }[] = []
  const differences: Difference[] = []
  const differ = (difference: Difference): void => {
    counts[difference.what]++
    if (differences.length < MOST_NAMED) differences.push(difference)
  }
  const calls = callsOf(options, () => unlogged++)
  let next = await calls.next()
  /** Calls before this position have no leaf. */
  let reached = !options.pruned
  const skipTo = async (position: number): Promise<void> => {
    const first = reached ? 0 : Math.min(position, taken)
    while (next.done !== true && next.value.position < first) next = await calls.next()
    reached = true
    for (; next.done !== true && next.value.position < position; next = await calls.next()) {
      counts.served++
      if (next.value.position >= taken) counts.waiting++
      else differ({ what: 'missing', call: next.value.record.id, position: next.value.position, entry: null })
    }
  }
  for await (const { index, leaf } of options.leaves) {
    if (leaf.leaf === 'gap' && within(options, leaf.until) && gaps.length < MOST_GAPS) gaps.push({ reason: leaf.reason, lost: leaf.lost, until: leaf.until })
    if (leaf.leaf === 'intent' && within(options, leaf.at)) begun.add(leaf.call)
    if (leaf.leaf === 'call') begun.delete(leaf.id)
    if (leaf.leaf !== 'call' || !within(options, leaf.end)) continue
    counts.leaves++
    if (leaf.seq < journalStart) {
      counts.older++
      continue
    }
    await skipTo(leaf.seq)
    const here = next.done !== true && next.value.position === leaf.seq ? next.value : null
    if (here === null) {
      differ({ what: 'extra', call: leaf.id, position: leaf.seq, entry: index })
      continue
    }
    counts.served++
    if (isOf(leaf, here.record, keys)) counts.equal++
    else differ({ what: 'changed', call: here.record.id, position: leaf.seq, entry: index })
    next = await calls.next()
  }
  await skipTo(Infinity)
  return { ...counts, unlogged, open: begun.size, gaps, differences }
}

async function* callsOf(options: ComparisonOptions, onUnlogged: () => void): AsyncGenerator<{ readonly position: number; readonly record: CallRecord }, void, undefined> {
  for await (const { position, record } of options.journal.read(0)) {
    if ((record as { readonly kind?: unknown } | null)?.kind !== 'call') continue
    const call = record as CallRecord
    if (!within(options, endOf(call))) continue
    if (call.audit === 'off') onUnlogged()
    else yield { position, record: call }
  }
}

function within({ from, to }: ComparisonOptions, end: string): boolean {
  const at = Date.parse(end)
  return (from === null || at >= from) && (to === null || at < to)
}

/** As its leaf has it; a record that has no end became a gap, and is compared with nothing. */
function endOf({ arrivedAt, totalMs }: CallRecord): string {
  try {
    return utc(arrivedAt + totalMs)
  } catch {
    return ''
  }
}

function isOf({ id, record }: CallLeaf, call: CallRecord, keys: TenantKeys): boolean {
  return id === call.id.slice(0, 256).toWellFormed() && record === recordCommitment(call, keys)
}
