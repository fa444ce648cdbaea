import { describe, expect, it } from 'vitest'
import { memoryJournal } from '../../store/journal-file/memory-journal.ts'
import { memoryTelemetry } from '../../store/telemetry/memory.ts'
import { aScore } from '../../store/telemetry/testing.ts'
import type { TelemetryStore } from '../../store/telemetry.ts'
import { CardinalityGuard } from './cardinality-guard.ts'
import { loadJournal } from './load-journal.ts'
import { aCall } from './testing.ts'

const ALL = { from: 0, until: 4e12, by: [], measures: ['calls', 'costNanoUsd'] } as const

function journalOf(records: readonly object[]): ReturnType<typeof memoryJournal> {
  const journal = memoryJournal()
  for (const record of records) journal.append(record)
  return journal
}

const calls = (count: number): object[] => Array.from({ length: count }, (_, n) => aCall({ id: `call-${n}` }))

describe('loadJournal', () => {
  it('loads in batches from where the store is, and counts what it saw', async () => {
    const store = memoryTelemetry()
    const journal = journalOf([...calls(4), { kind: 'prewarm' }, { kind: 'gap', schemaVersion: 1, reason: 'queue-full', lost: 3 }, { kind: 'score', schemaVersion: 1, score: aScore() }, { ...aCall(), attempts: 1, cost: null }, aCall({ id: 'last' })])
    const guard = new CardinalityGuard(store)
    const first = await loadJournal(journal.read, store, guard, 1, 3)
    expect(first).toEqual({ counts: { observations: 3, scores: 0, gaps: 0, lost: 0, other: 0, malformed: 0 }, position: 3, more: true })
    const second = await loadJournal(journal.read, store, guard, 10, 3)
    expect(second).toEqual({ counts: { observations: 2, scores: 1, gaps: 1, lost: 3, other: 1, malformed: 1 }, position: 9, more: false })
    expect((await store.aggregate('default', ALL))[0]!.values).toEqual({ calls: 5, costNanoUsd: '7500000' })
    expect(await loadJournal(journal.read, store, guard, 10, 3)).toMatchObject({ counts: { observations: 0 }, position: 9, more: false })
  })

  it('what is no telemetry moves the position on', async () => {
    const store = memoryTelemetry()
    expect(await loadJournal(journalOf([{ kind: 'prewarm' }, { kind: 'admission' }]).read, store, new CardinalityGuard(store), 5)).toMatchObject({ position: 2, more: false })
    expect(await store.position()).toBe(2)
  })

  it('a failed append loads nothing of its batch, and the next try loads it once', async () => {
    const store = memoryTelemetry()
    let refuse = false
    const flaky: TelemetryStore = {
      ...store,
      append: async (batch) => {
        if (refuse) throw new Error('disk full')
        refuse = true
        return store.append(batch)
      },
    }
    const { read } = journalOf(calls(5))
    const guard = new CardinalityGuard(store)
    await expect(loadJournal(read, flaky, guard, 9, 2)).rejects.toThrow('disk full')
    expect(await store.position()).toBe(2)
    refuse = false
    await expect(loadJournal(read, flaky, guard, 9, 2)).rejects.toThrow('disk full')
    expect(await loadJournal(read, store, guard, 9, 2)).toMatchObject({ position: 5, more: false })
    expect((await store.aggregate('default', ALL))[0]!.values).toMatchObject({ calls: 5 })
  })

  it('an append that was committed although its answer was lost is not loaded twice', async () => {
    const store = memoryTelemetry()
    const deaf: TelemetryStore = {
      ...store,
      append: async (batch) => {
        await store.append(batch)
        throw new Error('the answer was lost')
      },
    }
    const { read } = journalOf(calls(4))
    await expect(loadJournal(read, deaf, new CardinalityGuard(store), 9, 2)).rejects.toThrow('lost')
    await loadJournal(read, store, new CardinalityGuard(store), 9, 2)
    expect(await store.stats()).toMatchObject({ observations: 4, repeated: 0, position: 4 })
  })
})
