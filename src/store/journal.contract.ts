import { afterEach, describe, expect, it } from 'vitest'
import type { Journal, JournalEntry, JournalReader } from './journal.ts'

/** What every journal must do, whatever it writes to. `open` gives a new one or, called again, the same one reopened. */
export function describeJournal(name: string, make: () => { readonly open: () => Promise<Journal & JournalReader>; readonly cleanUp: () => void; readonly survivesReopening: boolean }): void {
  describe(`journal contract: ${name}`, () => {
    const opened: Journal[] = []
    const cleanUps: (() => void)[] = []
    const made = async (): Promise<{ journal: Journal & JournalReader; reopen: () => Promise<Journal & JournalReader>; survives: boolean }> => {
      const { open, cleanUp, survivesReopening } = make()
      cleanUps.push(cleanUp)
      const reopen = async (): Promise<Journal & JournalReader> => {
        const journal = await open()
        opened.push(journal)
        return journal
      }
      return { journal: await reopen(), reopen, survives: survivesReopening }
    }
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((journal) => journal.close()))
      for (const cleanUp of cleanUps.splice(0)) cleanUp()
    })

    it('gives back what was appended, in order, once it is flushed', async () => {
      const { journal } = await made()
      for (let n = 0; n < 1000; n++) journal.append({ kind: 'call', n })
      await journal.flush()
      expect((await all(journal, 0)).map(({ record }) => record)).toEqual(Array.from({ length: 1000 }, (_, n) => ({ kind: 'call', n })))
      expect(journal.stats()).toMatchObject({ appended: 1000, durable: 1000, lost: 0 })
    })

    it('many flushes at once: each promises what was appended before it, those asked during another too, and close ends them all', async () => {
      const { journal } = await made()
      const promised = await Promise.all(
        Array.from({ length: 40 }, async (_, n) => {
          // Some ask at once, some while another's sync runs.
          for (let turn = 0; turn < n % 4; turn++) await journal.flush()
          journal.append({ n })
          const { appended } = journal.stats()
          await journal.flush()
          return journal.stats().durable >= appended
        }),
      )
      expect(promised.every(Boolean)).toBe(true)
      journal.append({ n: 40 })
      const last = [journal.flush(), journal.flush(), journal.close()]
      await expect(Promise.all(last)).resolves.toHaveLength(3)
      expect(journal.stats()).toMatchObject({ appended: 41, durable: 41, lost: 0 })
    })

    it('keeps any JSON as it is: Unicode, control characters, nesting, null', async () => {
      const { journal } = await made()
      const record = { text: 'a\nb\r\u2028\u0000 "quoted" 日本 🌊 \ud800', nested: [{ n: null }, [], {}], big: 2 ** 53, tiny: 1e-300, ['__proto__x']: 1 }
      journal.append(record)
      await journal.flush()
      expect((await all(journal, 0)).map((entry) => entry.record)).toEqual([record])
    })

    it('copies: what happens to the object after append does not matter', async () => {
      const { journal } = await made()
      const record = { n: 1 }
      journal.append(record)
      record.n = 2
      await journal.flush()
      expect((await all(journal, 0))[0]?.record).toEqual({ n: 1 })
    })

    it('reads on from any entry: positions rise, next leads to the following record', async () => {
      const { journal } = await made()
      for (let n = 0; n < 50; n++) journal.append({ n })
      await journal.flush()
      const entries = await all(journal, 0)
      for (const [index, entry] of entries.entries()) {
        expect((await all(journal, entry.next)).map(({ record }) => record)).toEqual(entries.slice(index + 1).map(({ record }) => record))
        expect(entry.next).toBeGreaterThan(entry.position)
      }
      expect(await all(journal, entries.at(-1)!.next)).toEqual([])
    })

    it('is read while it is written: a reader sees a prefix, whole records only', async () => {
      const { journal } = await made()
      let seen = 0
      for (let round = 0; round < 20; round++) {
        for (let n = 0; n < 50; n++) journal.append({ n: round * 50 + n, text: 'x'.repeat(n) })
        const records = (await all(journal, 0)).map(({ record }) => (record as { n: number }).n)
        expect(records).toEqual(Array.from({ length: records.length }, (_, n) => n))
        expect(records.length).toBeGreaterThanOrEqual(seen)
        seen = records.length
      }
      await journal.flush()
      expect(await all(journal, 0)).toHaveLength(1000)
    })

    it('a reader that stops early leaves nothing behind', async () => {
      const { journal } = await made()
      for (let n = 0; n < 100; n++) journal.append({ n })
      await journal.flush()
      const first: unknown[] = []
      for await (const { record } of journal.read(0)) {
        first.push(record)
        if (first.length === 3) break
      }
      expect(first).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }])
    })

    it('is empty at first, and flush and close of nothing are fine, twice too', async () => {
      const { journal } = await made()
      expect(await all(journal, 0)).toEqual([])
      await journal.flush()
      await journal.close()
      await journal.close()
      expect(journal.stats()).toMatchObject({ appended: 0, durable: 0, lost: 0 })
    })

    it('refuses records after close: JOURNAL_CLOSED', async () => {
      const { journal } = await made()
      journal.append({ n: 1 })
      await journal.close()
      expect(() => journal.append({ n: 2 })).toThrowError(expect.objectContaining({ code: 'JOURNAL_CLOSED' }))
    })

    it('counts what is no JSON as lost and says so in a gap record', async () => {
      const { journal } = await made()
      const cycle: Record<string, unknown> = {}
      cycle['self'] = cycle
      journal.append({ n: 1 })
      journal.append(cycle)
      journal.append({ money: 1n })
      journal.append({ n: 2 })
      await journal.flush()
      const records = (await all(journal, 0)).map(({ record }) => record as { n?: number; kind?: string; lost?: number; reason?: string })
      expect(records.filter(({ n }) => n !== undefined)).toEqual([{ n: 1 }, { n: 2 }])
      const gaps = records.filter(({ kind }) => kind === 'gap')
      expect(gaps.reduce((sum, { lost = 0 }) => sum + lost, 0)).toBe(2)
      expect(new Set(gaps.map(({ reason }) => reason))).toEqual(new Set(['not-json']))
      expect(journal.stats().lost).toBe(2)
    })

    it('keeps everything over a close and a new beginning, where it is kept at all', async () => {
      const { journal, reopen, survives } = await made()
      journal.append({ n: 1 })
      await journal.close()
      const again = await reopen()
      again.append({ n: 2 })
      await again.flush()
      expect((await all(again, 0)).map(({ record }) => record)).toEqual(survives ? [{ n: 1 }, { n: 2 }] : [{ n: 2 }])
    })
  })
}

/** All entries from a position on. */
export async function all(reader: JournalReader, position: number): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = []
  for await (const entry of reader.read(position)) entries.push(entry)
  return entries
}
