import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { all } from '../journal.contract.ts'
import { journalSink } from './journal-sink.ts'
import { openJournal, type FileJournal, type JournalOptions } from './open-journal.ts'
import { journalReader } from './read-journal.ts'

const folders: string[] = []
const open: FileJournal[] = []
afterEach(async () => {
  await Promise.allSettled(open.splice(0).map((journal) => journal.close()))
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-open-'))
  folders.push(folder)
  return join(folder, 'journal')
}

async function openIn(folder: string, options: Partial<JournalOptions> = {}): Promise<FileJournal> {
  const journal = await openJournal({ folder, clock: { now: () => 1000 }, ...options })
  open.push(journal)
  return journal
}

const records = async (folder: string): Promise<Record<string, unknown>[]> => (await all(journalReader(folder), 0)).map(({ record }) => record as Record<string, unknown>)

describe('openJournal', () => {
  it('has one writer: a second one is refused with JOURNAL_LOCKED, in this process and in another', async () => {
    const folder = folderOf()
    const first = await openIn(folder)
    await expect(openIn(folder)).rejects.toMatchObject({ code: 'JOURNAL_LOCKED' })
    const child = spawn(process.execPath, [fileURLToPath(new URL('testing-child.ts', import.meta.url)), folder], { stdio: ['ignore', 'ignore', 'pipe'] })
    let complaint = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
    const status = await new Promise((resolve) => child.on('close', resolve))
    expect([status, complaint]).toEqual([1, expect.stringContaining('another Spillway writes to this journal')])
    await first.close()
    await (await openIn(folder)).close()
  })

  it('is readable by the owner alone', async () => {
    const folder = folderOf()
    const journal = await openIn(folder)
    journal.append({ n: 1 })
    await journal.flush()
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(readdirSync(folder).filter((name) => name.endsWith('.journal')).map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual([0o600])
  })

  it('refuses a place where it cannot write: JOURNAL_FAILED', async () => {
    const file = folderOf()
    writeFileSync(file, 'a file where the folder should be')
    await expect(openIn(file)).rejects.toMatchObject({ code: 'JOURNAL_FAILED', place: { file } })
  })

  it('a full queue loses what comes on top, counts it, and a gap record follows as soon as there is room', async () => {
    const folder = folderOf()
    const journal = await openIn(folder, { queueChars: 1000 })
    const text = 'x'.repeat(90)
    for (let n = 0; n < 100; n++) journal.append({ n, text })
    const { lost } = journal.stats()
    expect(lost).toBeGreaterThan(80)
    await journal.flush()
    journal.append({ n: 100, text })
    await journal.flush()
    const all = await records(folder)
    const gaps = all.filter(({ kind }) => kind === 'gap')
    expect(gaps).toMatchObject([{ reason: 'queue-full', lost, from: 1000, until: 1000 }])
    expect(all.length - gaps.length).toBe(101 - lost)
    expect(journal.stats()).toMatchObject({ lost, waiting: 0 })
  })

  it('a record that is too large is lost on record, and the others are not', async () => {
    const folder = folderOf()
    const journal = await openIn(folder, { maxRecordChars: 100 })
    journal.append({ text: 'x'.repeat(100) })
    journal.append({ n: 1 })
    await journal.close()
    expect(await records(folder)).toMatchObject([{ kind: 'gap', reason: 'too-large', lost: 1 }, { n: 1 }])
  })

  it('a reader in this process sees what is on disk for certain, and several read at once beside the writer', async () => {
    const folder = folderOf()
    const journal = await openIn(folder, { segmentBytes: 2000 })
    const readers = Array.from({ length: 4 }, async () => {
      let last = 0
      for (let round = 0; round < 10; round++) {
        const numbers = (await all(journal, 0)).map(({ record }) => (record as { n: number }).n)
        expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, n) => n))
        expect(numbers.length).toBeGreaterThanOrEqual(last)
        last = numbers.length
      }
    })
    for (let n = 0; n < 2000; n++) {
      journal.append({ n })
      if (n % 200 === 0) await journal.flush()
    }
    await Promise.all(readers)
    await journal.flush()
    expect(await all(journal, 0)).toHaveLength(2000)
  })

  it('a limit on file sizes (RLIMIT_FSIZE, a real EFBIG): flush rejects, what was promised is there, nothing is torn', async () => {
    const folder = folderOf()
    const child = spawn('sh', ['-c', `ulimit -f 64; exec "$0" "$@"`, process.execPath, fileURLToPath(new URL('testing-child.ts', import.meta.url)), folder, '0', '100000000'], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (text.includes('failed')) child.kill('SIGKILL')
    })
    await new Promise((resolve) => child.on('close', resolve))
    const lines = output.trim().split('\n')
    expect(lines.at(-1)).toMatch(/^failed JOURNAL_FAILED \d+$/u)
    const found = (await records(folder)).map(({ n }) => n)
    expect(found.length).toBeGreaterThanOrEqual(Number(lines.at(-2)))
    expect(found).toEqual(Array.from({ length: found.length }, (_, n) => n))
  }, 60_000)

  it('a disk that refuses from the start of writing: stats say why, flush rejects, close rejects and counts the loss', async () => {
    const folder = folderOf()
    const journal = await openIn(folder)
    // A folder in place of the segment: it cannot be opened as a file.
    chmodSync(folder, 0o700)
    rmSync(folder, { recursive: true })
    writeFileSync(folder, '')
    journal.append({ n: 1 })
    await expect(journal.flush()).rejects.toMatchObject({ code: 'JOURNAL_FAILED' })
    expect(journal.stats().failure).toMatch(/ENOTDIR/u)
    await expect(journal.close()).rejects.toMatchObject({ code: 'JOURNAL_FAILED' })
    expect(journal.stats()).toMatchObject({ lost: 1, durable: 0 })
    open.length = 0
    rmSync(folder)
  })
})

describe('journalSink', () => {
  it('never throws: after close it drops, and counts', async () => {
    const journal = await openIn(folderOf())
    const sink = journalSink(journal)
    sink.append({ n: 1 })
    await journal.close()
    sink.append({ n: 2 })
    expect(sink.dropped()).toBe(1)
  })
})
