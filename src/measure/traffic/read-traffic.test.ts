import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { readTraffic, readTrafficChunks } from './read-traffic.ts'
import { failure, pieces, readText } from './testing.ts'

const AZURE = 'TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n2023-11-16 18:15:50.9951690,396,109\n2023-11-16 18:17:01.0000000,879,55\n'
const folder = mkdtempSync(join(tmpdir(), 'spillway-traffic-'))
afterAll(() => rmSync(folder, { recursive: true }))

function fileOf(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const hour = (day: string, time: string): string => `2026-${day} ${time},1,1\n`
const total = (values: Float64Array | undefined): number => values?.reduce((sum, value) => sum + value, 0) ?? 0

async function* failing(head: Uint8Array): AsyncGenerator<Uint8Array> {
  yield head
  throw new Error('the pipe broke')
}

describe('readTraffic', () => {
  it('reads the Azure trace of the examples, gzip and all', async () => {
    const reading = await readTraffic({ file: 'examples/azure-llm-2023-conv.csv.gz' })
    expect([reading.format, reading.rows, total(reading.bins.requests), reading.bins.binSeconds]).toEqual(['azure', 19_366, 19_366, 60])
    expect([total(reading.bins.tokens?.input), total(reading.bins.tokens?.output)]).toEqual([22_361_870, 4_088_665])
    expect([reading.interArrival?.meanSeconds, reading.tokenHistograms?.input.mean]).toEqual([expect.closeTo(0.1808, 4), expect.closeTo(1154.7, 1)])
    expect(new Date(reading.bins.startMs ?? 0).toISOString()).toBe('2023-11-16T18:15:00.000Z')
  })

  it('reads the Mooncake cut of the examples', async () => {
    const reading = await readTraffic({ file: 'examples/mooncake-synthetic-1000.jsonl.gz' })
    expect([reading.format, reading.rows, reading.bins.startMs, total(reading.bins.requests)]).toEqual(['mooncake', 1000, null, 1000])
    expect(total(reading.bins.tokens?.cached)).toBeGreaterThan(0)
  })

  it('reads BurstGPT: seconds from midnight, failed requests named', async () => {
    const reading = await readText('Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type\n5,,1.5,ChatGPT,472,18,490,Conversation log\n45,,2.0,ChatGPT,1087,0,1087,Conversation log\n118.0,a,9,"GPT-4",417,276,693,API log\n')
    expect([reading.format, reading.rows, [...reading.bins.requests], reading.bins.startMs]).toEqual(['burstgpt', 3, [2, 1], null])
    expect(reading.warnings).toEqual(['1 requests have no output tokens (failed requests in BurstGPT); they are counted as requests.'])
  })

  it('gives the same reading plain, compressed, in members, and however the bytes are cut', async () => {
    const plain = await readText(AZURE, {}, 1e6)
    const halves = [AZURE.slice(0, 60), AZURE.slice(60)].map((half) => gzipSync(half))
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 60 }), fc.constantFrom(Buffer.from(AZURE), gzipSync(AZURE), Buffer.concat(halves)), async (size, content) => {
        expect((await readText(content, {}, size)).bins).toEqual(plain.bins)
      }),
      { numRuns: 60 },
    )
  })

  it('does not mind disorder and duplicates among requests', async () => {
    const [header, ...rows] = AZURE.trim().split('\n')
    const sorted = await readText([header, ...rows, ...rows].join('\n'))
    const shuffled = await readText([header, ...rows.toReversed(), ...rows].join('\n'))
    expect([shuffled.bins, shuffled.rows]).toEqual([sorted.bins, 6])
    expect([shuffled.interArrival, shuffled.warnings[0]]).toEqual([null, '4 rows lie before an earlier row in time; bins are right all the same.'])
  })

  it('keeps memory of bins within bounds, and says when columns were guessed', async () => {
    const reading = await readText('ts,prompt_tokens,completion_tokens\n0,1,1\n31536000,1,1\n')
    expect([reading.bins.binSeconds, reading.bins.requests.length, reading.warnings[0]]).toEqual([600, 52_561, 'Columns were taken by their names: time = ts, input = prompt_tokens, output = completion_tokens.'])
  })

  it('reads local times across both changes of the clock', async () => {
    const text = `t,input,output\n${['01:30', '02:30', '03:30'].map((time) => hour('03-29', time)).join('')}`
    const spring = await readText(text, { timeZone: 'Europe/Berlin', binSeconds: 1800 })
    expect([new Date(spring.bins.startMs ?? 0).toISOString(), [...spring.bins.requests], spring.warnings[0]]).toEqual(['2026-03-29T00:30:00.000Z', [1, 0, 2], '1 times do not exist in Europe/Berlin (clocks went forward); they were moved forward.'])
    const autumn = await readText(`t,input,output\n${['02:30', '02:59', '02:00', '02:30', '03:00'].map((time) => hour('10-25', time)).join('')}`, { timeZone: 'Europe/Berlin', binSeconds: 1800 })
    expect([[...autumn.bins.requests], autumn.warnings[0]]).toEqual([[2, 1, 1, 1], expect.stringMatching(/^4 times occur twice in Europe\/Berlin/u)])
    expect([spring.warnings.length, autumn.warnings.length]).toEqual([2, 2])
  })

  it('counts skipped rows and keeps the first 20 reasons', async () => {
    const bad = Array.from({ length: 30 }, (_, index) => `0,-${index + 1},1`).join('\n')
    const reading = await readText(`t,input,output\n0,1,1\n${bad}\n100,1,1\n`, { skipBadRows: true })
    expect([reading.rows, reading.skippedRows.count, reading.skippedRows.first.length, reading.skippedRows.first[1]]).toEqual([2, 30, 20, { row: 4, column: 'input', reason: 'a token count of -2 is negative' }])
  })

  it('reports progress up to the whole size', async () => {
    const file = fileOf('large.csv', `t,input,output\n${Array.from({ length: 300_000 }, (_, row) => `${row},1,1`).join('\n')}`)
    const seen: [number, number | null, number][] = []
    const reading = await readTraffic({ file }, { onProgress: (...report) => seen.push(report) })
    expect(seen.length).toBeGreaterThan(2)
    expect(seen.map(([bytes]) => bytes)).toEqual(seen.map(([bytes]) => bytes).toSorted((a, b) => a - b))
    expect([seen.at(-1)?.[0], reading.rows]).toEqual([seen.at(-1)?.[1], 300_000])
  })
})

describe('bad traffic', () => {
  it.each<[string, string | Uint8Array, string]>([
    ['an empty file', '', 'TRAFFIC_EMPTY'],
    ['blank lines', '\n\n\n', 'TRAFFIC_EMPTY'],
    ['a header only', 'TIMESTAMP,ContextTokens,GeneratedTokens\n', 'TRAFFIC_EMPTY'],
    ['one bin only', AZURE.split('\n').slice(0, 3).join('\n'), 'TRAFFIC_ONE_BIN'],
    ['a gzip cut short', gzipSync(AZURE).subarray(0, 60), 'TRAFFIC_GZIP_BROKEN'],
    ['two bytes of gzip', Buffer.from([0x1f, 0x8b]), 'TRAFFIC_GZIP_BROKEN'],
    ['a gzip of garbage', Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), Buffer.from('not deflate at all')]), 'TRAFFIC_GZIP_BROKEN'],
    ['an empty gzip', gzipSync(''), 'TRAFFIC_EMPTY'],
    ['invalid UTF-8', Buffer.concat([Buffer.from(AZURE), Buffer.from([0x80, 0x0a])]), 'TRAFFIC_ENCODING'],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d]), 'TRAFFIC_ENCODING'],
    ['prose', 'Dear reader,\nthis is a letter.\n', 'TRAFFIC_FORMAT_UNKNOWN'],
  ])('%s is %s', async (_, content, code) => {
    const error = await failure(content)
    expect([error.code, error.exitCode, error.place.file]).toEqual([code, 2, 't.csv'])
    expect(error.toLine()).toMatch(/^error [A-Z_0-9]+: t\.csv[^\n]*\. [A-Z][^\n]*$/u)
  })

  it('says what was wrong where every row was skipped', async () => {
    expect((await failure('t,input,output\n0,-1,1\n1,1,x\n', { skipBadRows: true })).message).toBe('all 2 rows are bad, the first (row 2): a token count of -1 is negative')
  })

  it('refuses a directory and a missing file', async () => {
    await expect(readTraffic({ file: folder })).rejects.toMatchObject({ code: 'FILE_IS_DIRECTORY', place: { file: folder } })
    await expect(readTraffic({ file: join(folder, 'none.csv') })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    await expect(readTraffic({ file: join(fileOf('plain.csv', AZURE), 'below') })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })

  it('passes on a failing stream, plain or compressed', async () => {
    const heads = [Buffer.from(AZURE), gzipSync(AZURE).subarray(0, 40)]
    for (const head of heads) await expect(readTrafficChunks({ name: 't.csv', chunks: failing(head) })).rejects.toThrow('the pipe broke')
  })

  it('refuses an unknown zone and a width that does not divide a day', async () => {
    expect((await failure(AZURE, { timeZone: 'Moon' })).code).toBe('TIME_ZONE_UNKNOWN')
    for (const binSeconds of [0, 7, 1.5, Number.NaN, 172_800]) expect((await failure(AZURE, { binSeconds })).code).toBe('DURATION_INVALID')
  })

  it('stops reading at the first bad row', async () => {
    let yielded = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      for await (const piece of pieces('t,input,output\n0,x,1\n')) yield piece
      for (; yielded < 1000; yielded++) yield Buffer.from('1,1,1\n')
    }
    await expect(readTrafficChunks({ name: 't.csv', chunks: endless() })).rejects.toMatchObject({ place: { row: 2, column: 'input' } })
    expect(yielded).toBe(0)
  })

  it('survives any bytes: a reading or a coded error, never another', async () => {
    const alphabet = fc.constantFrom(...'0123456789,;.:-"\n\r{}[]tT \u00E9'.split(''), 't,input,output\n', '{"t":1,"input":1,"output":2}\n', '100,1,1\n')
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: alphabet, maxLength: 60 }), fc.boolean(), async (text, skipBadRows) => {
        const outcome = await readText(text, { skipBadRows }).then(
          (reading) => (reading.rows > 0 ? 'read' : 'nothing'),
          (error: unknown) => (error as { code?: string }).code ?? String(error),
        )
        expect(outcome).toMatch(/^(?:read|TRAFFIC_[A-Z]+(?:_[A-Z]+)*)$/u)
      }),
      { numRuns: 500 },
    )
  })
})
