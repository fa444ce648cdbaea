import { describe, expect, it } from 'vitest'
import type { CallRecord } from '../../core/call.ts'
import { memoryJournal } from '../../store/journal-file/memory-journal.ts'
import { callLeaf } from '../leaf/call-leaf.ts'
import type { Leaf } from '../leaf/schema.ts'
import { callRecord, KEYS } from '../leaf/testing.ts'
import { compareJournal, type Comparison, type ComparisonOptions } from './compare-journal.ts'

const START = Date.parse('2026-11-25T08:00:00Z')
/** A call a minute. */
const call = (n: number): CallRecord => callRecord({ id: `call_${n}`, arrivedAt: START + n * 60_000, totalMs: 0 })
const leafOf = (record: CallRecord, seq: number): Leaf => callLeaf(record, { seq, build: 'test', keys: KEYS })

async function compare(calls: number, leaves: (all: Leaf[]) => Leaf[], options: Partial<ComparisonOptions> = {}): Promise<Comparison> {
  const journal = memoryJournal()
  for (let n = 0; n < calls; n++) journal.append(call(n))
  journal.append({ kind: 'prewarm' })
  const made = leaves(Array.from({ length: calls }, (_, n) => leafOf(call(n), n)))
  async function* read(): AsyncGenerator<{ index: number; leaf: Leaf }> {
    for (const [index, leaf] of made.entries()) yield { index, leaf }
  }
  return compareJournal({ leaves: read(), journal, keys: KEYS, journalStart: 0, taken: calls, pruned: false, from: null, to: null, ...options })
}

const gap: Leaf = { leaf: 'gap', v: 1, at: '2026-11-25T08:03:00.000Z', actor: null, reason: 'crash', lost: 4, from: null, until: '2026-11-25T08:03:00.000Z' }

const intent = (n: number): Leaf => ({ leaf: 'intent', v: 1, at: '2026-11-25T08:00:00.000Z', actor: null, tenant: 'acme', key: 'k', call: `call_${n}`, api: 'chat', model: 'm', config: 'v' })

describe('calls against leaves', () => {
  it('equal, with the gaps that are on record', async () => {
    expect(await compare(10, (all) => [...all.slice(0, 3), gap, ...all.slice(3)])).toMatchObject({ served: 10, leaves: 10, equal: 10, waiting: 0, missing: 0, extra: 0, changed: 0, gaps: [{ reason: 'crash', lost: 4 }], differences: [] })
  })

  it.each([
    ['a call without a leaf', (all: Leaf[]) => all.toSpliced(4, 1), { missing: 1, equal: 9 }, { what: 'missing', call: 'call_4', position: 4, entry: null }],
    ['the first without a leaf', (all: Leaf[]) => all.slice(1), { missing: 1, equal: 9 }, { what: 'missing', call: 'call_0', position: 0, entry: null }],
    ['a leaf without a call', (all: Leaf[]) => [...all, leafOf(call(10), 10)], { extra: 1, equal: 10 }, { what: 'extra', call: 'call_10', position: 10, entry: 10 }],
    ['a leaf that is there twice', (all: Leaf[]) => all.toSpliced(4, 0, all[4]!), { extra: 1, equal: 10 }, { what: 'extra', call: 'call_4', position: 4, entry: 5 }],
    ['a leaf of another record', (all: Leaf[]) => all.with(4, leafOf({ ...call(4), usage: { output: 1 } }, 4)), { changed: 1, equal: 9 }, { what: 'changed', call: 'call_4', position: 4, entry: 4 }],
  ])('%s is named', async (_, change, counts, difference) => {
    expect(await compare(10, change)).toMatchObject({ ...counts, differences: [difference] })
  })

  it('what the log has not taken yet waits; what it has taken and lacks is missing', async () => {
    expect(await compare(10, (all) => all.slice(0, 6), { taken: 8 })).toMatchObject({ equal: 6, missing: 2, waiting: 2 })
  })

  it('what the journal holds no more is not compared', async () => {
    const journal = memoryJournal()
    for (let n = 0; n < 10; n++) journal.append(call(n))
    const later = { read: (position: number) => journal.read(Math.max(6, position)) }
    expect(await compare(10, (all) => all, { journal: later, journalStart: 6 })).toMatchObject({ served: 4, leaves: 10, equal: 4, older: 6, extra: 0 })
  })

  it('what the log has removed is not compared; what is missing after it is', async () => {
    expect(await compare(10, (all) => all.slice(4).toSpliced(2, 1), { pruned: true })).toMatchObject({ served: 6, equal: 5, missing: 1 })
    expect(await compare(10, () => [], { pruned: true, taken: 8 })).toMatchObject({ served: 2, waiting: 2, missing: 0 })
  })

  it('of a time: both sides by the end of the call', async () => {
    expect(await compare(10, (all) => [gap, ...all.toSpliced(1, 1)], { from: START + 2 * 60_000, to: START + 5 * 60_000 })).toMatchObject({ served: 3, leaves: 3, equal: 3, missing: 0, gaps: [{}] })
  })

  it('a call that was begun and has no outcome is open', async () => {
    expect(await compare(2, (all) => [intent(0), intent(1), intent(7), ...all])).toMatchObject({ equal: 2, open: 1 })
  })

  it('a call whose model is kept out of the log needs no leaf, and is counted apart', async () => {
    const journal = memoryJournal()
    for (let n = 0; n < 4; n++) journal.append(n === 2 ? { ...call(n), audit: 'off' } : call(n))
    expect(await compare(4, (all) => all.toSpliced(2, 1), { journal })).toMatchObject({ served: 3, equal: 3, missing: 0, unlogged: 1 })
    // A leaf of it would be one that nobody has asked for.
    expect(await compare(4, (all) => all, { journal })).toMatchObject({ extra: 1, unlogged: 1 })
  })

  it('names twenty at most, and counts all', async () => {
    const { missing, differences } = await compare(50, () => [])
    expect([missing, differences.length]).toEqual([50, 20])
  })
})
