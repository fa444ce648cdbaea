import { describe, expect, it } from 'vitest'
import { memoryControl } from '../../store/control/memory.ts'
import { memoryJournal } from '../../store/journal-file/memory-journal.ts'
import { startTakingActs, takeActs } from './take-acts.ts'

async function records(journal: ReturnType<typeof memoryJournal>): Promise<unknown[]> {
  const found: unknown[] = []
  for await (const { record } of journal.read(0)) found.push((record as { leaf: unknown }).leaf)
  return found
}

describe('acts on their way into the journal', () => {
  it('are taken in order, more than fit at once, and forgotten then', async () => {
    const [store, journal] = [memoryControl(), memoryJournal()]
    for (let n = 0; n < 100; n++) await store.acts.add({ n })
    expect(await takeActs(store, journal)).toBe(100)
    expect(await records(journal)).toEqual(Array.from({ length: 100 }, (_, n) => ({ n })))
    expect(await store.acts.list(1)).toEqual([])
    expect(await takeActs(store, journal)).toBe(0)
  })

  it('stay where the disk refuses, and come again under the same ids', async () => {
    const [store, journal] = [memoryControl(), memoryJournal()]
    await store.acts.add({ n: 1 })
    await expect(takeActs(store, { ...journal, flush: () => Promise.reject(new Error('full')) })).rejects.toThrow('full')
    await takeActs(store, journal)
    const ids: unknown[] = []
    for await (const { record } of journal.read(0)) ids.push((record as { id: string }).id)
    expect(ids).toHaveLength(2)
    expect(ids[0]).toBe(ids[1])
  })

  it('stay where the journal had no room', async () => {
    const [store, journal] = [memoryControl(), memoryJournal()]
    await store.acts.add({ n: 1 })
    let lost = 0
    expect(await takeActs(store, { ...journal, append: () => void lost++, stats: () => ({ ...journal.stats(), lost }) })).toBe(0)
    expect(await store.acts.list(1)).toHaveLength(1)
  })

  it('a failure is said once, until it goes again; what comes before the stop is taken', async () => {
    const [store, journal] = [memoryControl(), memoryJournal()]
    const failures: unknown[] = []
    let full = true
    await store.acts.add({ n: 1 })
    const taking = startTakingActs(store, { ...journal, flush: () => (full ? Promise.reject(new Error('full')) : Promise.resolve()) }, (error) => failures.push(error), 1)
    await new Promise((resolve) => void setInterval(() => journal.stats().appended > 3 && resolve(null), 1).unref())
    expect(failures).toHaveLength(1)
    full = false
    await store.acts.add({ n: 2 })
    await taking.stop()
    expect(await store.acts.list(1)).toEqual([])
    expect((await records(journal)).at(-1)).toEqual({ n: 2 })
  })
})
