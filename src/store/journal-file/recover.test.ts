import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { all } from '../journal.contract.ts'
import { encodeFrames } from './frame.ts'
import { nodeFs } from './journal-fs.ts'
import { journalReader } from './read-journal.ts'
import { recover } from './recover.ts'
import { encodeHeader, segmentName } from './segment.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** A folder with segments of the given records. */
function journalOf(...segments: readonly (readonly object[])[]): { folder: string; files: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-recover-'))
  folders.push(folder)
  let base = 0
  const files = segments.map((records) => {
    const bytes = Buffer.concat([encodeHeader(base), encodeFrames(records.map((record) => JSON.stringify(record)))])
    const file = join(folder, segmentName(base))
    writeFileSync(file, bytes)
    base += bytes.length
    return file
  })
  return { folder, files }
}

const records = async (folder: string): Promise<unknown[]> => (await all(journalReader(folder), 0)).map(({ record }) => record)
const RECORDS = [{ n: 1 }, { n: 2, text: 'two' }, { n: 3 }]

describe('recover', () => {
  it('a tail torn at any byte: whole records stay, the rest is cut, and it can be done again', async () => {
    const whole = readFileSync(journalOf(RECORDS).files[0]!)
    const starts = [16, 16 + 8 + 7, 16 + 8 + 7 + 8 + 20, whole.length]
    for (let length = 16; length <= whole.length; length++) {
      const { folder, files } = journalOf(RECORDS)
      truncateSync(files[0]!, length)
      const kept = starts.findLastIndex((start) => start <= length)
      expect(recover(nodeFs, folder)).toMatchObject({ position: starts[kept], cutBytes: length - starts[kept]!, kept: null })
      expect(recover(nodeFs, folder)).toMatchObject({ position: starts[kept], cutBytes: 0 })
      expect(await records(folder)).toEqual(RECORDS.slice(0, kept))
    }
  })

  it('a tail of zeros, as file systems leave it, is cut', async () => {
    const { folder, files } = journalOf(RECORDS)
    const before = readFileSync(files[0]!)
    writeFileSync(files[0]!, Buffer.concat([before, Buffer.alloc(4096)]))
    expect(recover(nodeFs, folder)).toMatchObject({ position: before.length, cutBytes: 4096, kept: null })
    expect(await records(folder)).toEqual(RECORDS)
  })

  it('a broken record with whole ones behind it is damage: a copy is kept before anything is cut', async () => {
    const { folder, files } = journalOf(RECORDS)
    const bytes = readFileSync(files[0]!)
    bytes[16 + 8 + 7 + 10]! ^= 1
    writeFileSync(files[0]!, bytes)
    const { kept, position } = recover(nodeFs, folder)
    expect(position).toBe(16 + 8 + 7)
    expect(readFileSync(kept!)).toEqual(bytes)
    expect(await records(folder)).toEqual(RECORDS.slice(0, 1))
  })

  it('a segment that was made and never written gives way to the one before it', async () => {
    const { folder, files } = journalOf(RECORDS, [{ n: 4 }])
    truncateSync(files[1]!, 9)
    expect(recover(nodeFs, folder)).toMatchObject({ position: readFileSync(files[0]!).length, cutBytes: 0 })
    expect(readdirSync(folder)).toHaveLength(1)
  })

  it('an empty folder is an empty journal', () => {
    expect(recover(nodeFs, journalOf().folder)).toEqual({ segment: null, position: 0, cutBytes: 0, kept: null, lastWriteAt: null })
  })

  it('leaves files alone that it does not know: JOURNAL_VERSION_UNKNOWN', () => {
    const { folder, files } = journalOf(RECORDS)
    writeFileSync(files[0]!, 'a journal of the future, with another header')
    expect(() => recover(nodeFs, folder)).toThrowError(expect.objectContaining({ code: 'JOURNAL_VERSION_UNKNOWN' }))
    expect(readFileSync(files[0]!, 'utf8')).toBe('a journal of the future, with another header')
  })

  it('notices a renamed file: JOURNAL_DAMAGED', () => {
    const { folder, files } = journalOf(RECORDS)
    writeFileSync(join(folder, segmentName(77)), readFileSync(files[0]!))
    expect(() => recover(nodeFs, folder)).toThrowError(expect.objectContaining({ code: 'JOURNAL_DAMAGED' }))
  })
})

describe('readJournal', () => {
  it('goes through segments, from the middle too', async () => {
    const { folder } = journalOf(RECORDS, [{ n: 4 }], [{ n: 5 }, { n: 6 }])
    const entries = await all(journalReader(folder), 0)
    expect(entries.map(({ record }) => (record as { n: number }).n)).toEqual([1, 2, 3, 4, 5, 6])
    for (const entry of entries) expect((await all(journalReader(folder), entry.position))[0]).toEqual(entry)
  })

  it('a broken record with later segments behind it is an error with its position, not the end', async () => {
    const { folder, files } = journalOf(RECORDS, [{ n: 4 }])
    truncateSync(files[0]!, readFileSync(files[0]!).length - 1)
    await expect(records(folder)).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED', message: expect.stringContaining(String(16 + 8 + 7 + 8 + 20)) })
  })

  it('takes a segment up to the base of the next, whatever follows in the file', async () => {
    const { folder, files } = journalOf(RECORDS)
    const end = readFileSync(files[0]!).length
    writeFileSync(files[0]!, Buffer.concat([readFileSync(files[0]!), encodeFrames(['{"n":4}', '{"n":5}'])]))
    writeFileSync(join(folder, segmentName(end)), Buffer.concat([encodeHeader(end), encodeFrames(['{"n":4}'])]))
    expect((await records(folder)).map((record) => (record as { n: number }).n)).toEqual([1, 2, 3, 4])
  })

  it('records larger than a read come whole', async () => {
    const large = { text: 'x'.repeat(1_000_000) }
    const { folder } = journalOf([large, { n: 2 }, large])
    expect(await records(folder)).toEqual([large, { n: 2 }, large])
  })

  it('a folder that is not there holds nothing', async () => {
    expect(await records('/nowhere/journal')).toEqual([])
  })
})
