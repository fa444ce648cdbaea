import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JournalReader } from '../journal.ts'
import { all } from '../journal.contract.ts'
import { keepJournal, type JournalKeeper } from './keep-journal.ts'
import { openJournal, type FileJournal } from './open-journal.ts'
import { journalReader } from './read-journal.ts'
import type { RetentionLimits } from './retention.ts'
import { lastUnreadRemoval, type UnreadRemoval } from './unread-removal.ts'

const DAY_MS = 86_400_000

let folder: string
let journal: FileJournal
let keeper: JournalKeeper
let turn: () => Promise<void>
/** Ahead of the clock that files are stamped by. */
let ahead: number
let limits: RetentionLimits
let unread: UnreadRemoval[]
let trouble: (string | null)[]

beforeEach(async () => {
  folder = join(mkdtempSync(join(tmpdir(), 'spillway-keep-')), 'journal')
  journal = await openJournal({ folder, clock: { now: () => Date.now() }, segmentBytes: 1000 })
  ahead = 0
  limits = { keepMs: 30 * DAY_MS, maxBytes: 1e9 }
  unread = []
  trouble = []
  let due: (() => void) | null = null
  let waiting: (() => void) | null = null
  keeper = keepJournal({
    folder,
    journal,
    limits: () => limits,
    clock: { now: () => Date.now() + ahead },
    onUnread: (removal) => unread.push(removal),
    onTrouble: (error) => trouble.push(error?.message ?? null),
    later: (work) => {
      due = work
      waiting?.()
      return () => (due = null)
    },
  })
  keeper.start()
  turn = () =>
    new Promise((resolve) => {
      waiting = resolve
      due!()
    })
})

afterEach(async () => {
  await keeper.stop()
  await journal.close().catch(() => {})
  rmSync(join(folder, '..'), { recursive: true })
})

const files = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.journal'))
const onDisk = (): number => files().reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
const numbers = async (reader: JournalReader, position = 0): Promise<number[]> => (await all(reader, position)).flatMap(({ record }) => (record as { n?: number }).n ?? [])

/** Numbered records, some ten a segment. */
async function write(from: number, count: number): Promise<void> {
  for (let n = from; n < from + count; n++) {
    journal.append({ n, text: 'x'.repeat(80) })
    await journal.flush()
  }
}

describe('keepJournal', () => {
  it('removes what is old and read, whole segments from the oldest on; what stays is read from where it begins', async () => {
    await write(0, 50)
    const before = files()
    ahead = 31 * DAY_MS
    keeper.hold('audit', () => 2500)
    await turn()
    const left = files()
    expect(before.length - left.length).toBe(2)
    expect(left).toEqual(before.slice(2))
    const rest = await numbers(journal)
    expect(rest[0]).toBeGreaterThan(10)
    expect(rest).toEqual(Array.from({ length: rest.length }, (_, index) => 50 - rest.length + index))
    expect(keeper.stats()).toEqual({ bytes: onDisk(), removed: 2, removedUnread: 0 })
    expect([unread, trouble]).toEqual([[], []])
  })

  it('what is not old stays, whoever has read it', async () => {
    await write(0, 50)
    const before = files()
    await turn()
    expect([files(), keeper.stats()]).toEqual([before, { bytes: onDisk(), removed: 0, removedUnread: 0 }])
  })

  it('follows other limits at the next turn', async () => {
    await write(0, 50)
    limits = { keepMs: null, maxBytes: 3000 }
    await turn()
    expect(onDisk()).toBeLessThanOrEqual(3000)
    expect((await numbers(journal)).at(-1)).toBe(49)
  })

  it('too large: what somebody has not read goes too, told once, and left beside the journal for others to see', async () => {
    await write(0, 50)
    keeper.hold('audit', () => 0)
    keeper.hold('telemetry', () => Infinity)
    limits = { keepMs: null, maxBytes: 3000 }
    await turn()
    const { removed, removedUnread } = keeper.stats()
    expect([removed > 0, removedUnread]).toEqual([true, removed])
    expect(unread).toEqual([{ at: expect.any(Number), readers: ['audit'], from: null, until: expect.any(Number), bytes: expect.any(Number) }])
    expect(lastUnreadRemoval(folder)).toEqual(unread[0])
    await turn()
    expect(keeper.stats().removed).toBe(removed)
    expect(unread).toHaveLength(1)
  })

  it('a reader in the middle of a segment that goes reads it to its end, learns of a gap, and goes on with the next that is there', async () => {
    await write(0, 50)
    const seen: (number | string)[] = []
    for await (const { record } of journalReader(folder).read(0)) {
      const { n, reason = '' } = record as { n?: number; reason?: string }
      seen.push(n ?? reason)
      if (seen.length === 3) {
        limits = { keepMs: null, maxBytes: 3000 }
        await turn()
      }
    }
    const skippedAt = seen.findIndex((n, index) => n !== index)
    expect(skippedAt).toBeGreaterThan(3)
    expect(seen.slice(skippedAt)).toEqual(['removed', ...(await numbers(journal))])
  })

  it('who comes back to a position that has gone reads a gap once; who begins anew reads what is there', async () => {
    await write(0, 50)
    const away = (await all(journal, 0))[5]!.next
    limits = { keepMs: null, maxBytes: 3000 }
    await turn()
    const [gap, ...rest] = await all(journal, away)
    const there = await all(journal, 0)
    expect(gap).toEqual({ position: away, next: Number(files()[0]!.slice(0, 20)), record: { kind: 'gap', schemaVersion: 1, reason: 'removed', lost: null, from: null, until: expect.any(Number) } })
    expect(rest).toEqual(there)
    expect(await all(journal, gap!.next)).toEqual(there)
  })

  it('a quiet journal: the file is ended after a day, so that it can go when it is old', async () => {
    await write(0, 3)
    await turn()
    await write(3, 1)
    expect(files()).toHaveLength(1)
    ahead = DAY_MS + 60_000
    await turn()
    await write(4, 1)
    expect(files()).toHaveLength(2)
    expect(await numbers(journal)).toEqual([0, 1, 2, 3, 4])
    ahead = 31 * DAY_MS
    await turn()
    expect(await numbers(journal)).toEqual([4])
  })

  it('keeps a journal whose age does not matter in one file, however long it is quiet', async () => {
    limits = { keepMs: null, maxBytes: 1e9 }
    await write(0, 1)
    ahead = 1000 * DAY_MS
    await turn()
    await write(1, 1)
    expect(files()).toHaveLength(1)
  })

  it('a damaged copy goes with its segment', async () => {
    await write(0, 50)
    const [first = '', second = ''] = files()
    for (const name of [first, second]) writeFileSync(join(folder, `${name}.damaged-100`), 'x')
    utimesSync(join(folder, first), 1, 1)
    await turn()
    expect([first, `${first}.damaged-100`, second, `${second}.damaged-100`].map((name) => existsSync(join(folder, name)))).toEqual([false, false, true, true])
  })

  it('what fails is told once, tried at each turn, and told when it works again', async () => {
    await write(0, 50)
    const [first = ''] = files()
    rmSync(join(folder, first))
    // A folder in place of the file cannot be removed as one.
    mkdirSync(join(folder, first))
    utimesSync(join(folder, first), 1, 1)
    await turn()
    await turn()
    expect(trouble).toEqual([expect.stringContaining(first)])
    rmSync(join(folder, first), { recursive: true })
    await turn()
    expect(trouble).toEqual([expect.stringContaining(first), null])
  })
})

describe('lastUnreadRemoval', () => {
  it.each(['', '{', 'null', '[]', '{"at":"x"}'])('%j is none', (text) => {
    writeFileSync(join(folder, 'removed-unread.json'), text)
    expect(lastUnreadRemoval(folder)).toBe(null)
  })
})
