import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { seededRandom } from '../../core/random.ts'
import { parseSigningKey } from '../note/keys.ts'
import { signerOf } from '../note/testing.ts'
import { leafHash } from '../tree/hash.ts'
import { rootByDefinition } from '../tree/testing.ts'
import { nodeLogFs } from './log-fs.ts'
import { CHECKPOINT, signedCheckpoint } from './log-files.ts'
import { createLog, openLog, type LogOptions } from './open-log.ts'
import { MAX_COMMIT_ENTRIES, type LogWriter } from './log-writer.ts'
import { FakeFs, optionsOn, SIGNER } from './testing.ts'

const GOLDEN = fileURLToPath(new URL('fixtures/tessera-log', import.meta.url))
const text = (count: number, from = 0): Buffer[] => Array.from({ length: count }, (_, n) => Buffer.from(`entry ${from + n}`))

const tiles = (folder: string): string[] => readdirSync(join(folder, 'tile'), { recursive: true, withFileTypes: true }).filter((one) => one.isFile()).map(({ parentPath, name }) => join(parentPath, name).slice(folder.length)).toSorted()

function folders(): LogOptions {
  const base = mkdtempSync(join(tmpdir(), 'spillway-audit-'))
  onTestFinished(() => rmSync(base, { recursive: true }))
  return { folder: join(base, 'log'), privateFolder: join(base, 'private'), signer: SIGNER }
}

async function opened(options: LogOptions): Promise<LogWriter> {
  const log = await openLog(options)
  onTestFinished(() => log.close())
  return log
}

describe('the golden log (Tessera, with its published test key)', () => {
  it('comes out byte for byte: 16 checkpoints, 15 partial tiles, 15 bundles, and nothing else', async () => {
    const keys = readFileSync(join(GOLDEN, 'TEST-KEYS.txt'), 'utf8')
    const signer = parseSigningKey(/PRIVATE\S+/u.exec(keys)![0])
    const leaves = /leaves, in order\s+(.*)\n/u.exec(keys)![1]!.split(' ')
    const options = { ...folders(), signer }
    createLog(options)
    const log = await opened(options)
    const checkpoint = (): string => readFileSync(join(options.folder, CHECKPOINT), 'utf8')
    expect(checkpoint()).toBe(readFileSync(join(GOLDEN, 'checkpoint.0'), 'utf8'))
    for (const [n, leaf] of leaves.entries()) {
      log.commit([Buffer.from(leaf)])
      expect(checkpoint()).toBe(readFileSync(join(GOLDEN, `checkpoint.${n + 1}`), 'utf8'))
    }
    expect(checkpoint()).toBe(readFileSync(join(GOLDEN, CHECKPOINT), 'utf8'))
    expect(tiles(options.folder)).toEqual(tiles(GOLDEN))
    expect(tiles(GOLDEN)).toHaveLength(30)
    for (const file of tiles(GOLDEN)) expect(readFileSync(options.folder + file)).toEqual(readFileSync(GOLDEN + file))
  })
})

describe('a log', () => {
  it('is the same whether entries come one by one, in batches, or with the log opened anew in between', async () => {
    const contents: unknown[] = []
    for (const steps of [[700], [1, 254, 1, 1, 255, 188], [256, 256, 188], Array.from({ length: 7 }, () => 100)]) {
      const fs = new FakeFs(seededRandom(1))
      createLog(optionsOn(fs))
      let at = 0
      for (const step of steps) {
        const log = await openLog(optionsOn(fs))
        expect([log.size, log.cursor]).toEqual([at, at === 0 ? '' : `at ${at}`])
        log.commit(text(step, at), `at ${at + step}`)
        at += step
        log.close()
      }
      // Partial tiles of sizes on the way differ; those of full tiles are gone.
      const files = [...fs.copy('/log')].filter(([path, content]) => content !== null && !/\.p\/(?!188$|2$)/u.test(path))
      contents.push(new Map(files.toSorted(([a], [b]) => (a < b ? -1 : 1))))
      expect([...fs.copy('/log')].filter(([path]) => /00[01]\.p/u.test(path) && !path.includes('/tile/1/'))).toEqual([])
    }
    for (const one of contents) expect(one).toEqual(contents[0])
  })

  it('the cursor alone: on disk, and no new checkpoint', async () => {
    const fs = new FakeFs(seededRandom(1))
    createLog(optionsOn(fs))
    const log = await openLog(optionsOn(fs))
    const before = fs.read('/log/checkpoint')
    log.commit([], 'further on')
    expect(fs.read('/log/checkpoint')).toBe(before)
    fs.restart()
    expect((await openLog(optionsOn(fs))).cursor).toBe('further on')
  })

  it('has one writer: the second is refused, and comes in when the first is gone', async () => {
    const options = folders()
    createLog(options)
    const first = await opened(options)
    await expect(openLog(options)).rejects.toMatchObject({ code: 'AUDIT_LOCKED' })
    first.close()
    const second = await opened(options)
    second.commit(text(1))
    expect(second.size).toBe(1)
    expect(() => first.commit(text(1))).toThrowError(expect.objectContaining({ code: 'AUDIT_WRITE_FAILED' }))
  })

  it('is made once; what is not there is not opened; entries that are too long and commits that are too large change nothing', async () => {
    const options = folders()
    await expect(openLog(options)).rejects.toMatchObject({ code: 'AUDIT_LOG_MISSING' })
    createLog(options)
    expect(() => createLog(options)).toThrowError(expect.objectContaining({ code: 'AUDIT_LOG_EXISTS' }))
    const log = await opened(options)
    expect(() => log.commit([...text(3), Buffer.alloc(65_536)])).toThrowError(expect.objectContaining({ code: 'AUDIT_ENTRY_TOO_LONG' }))
    expect(() => log.commit(text(MAX_COMMIT_ENTRIES + 1))).toThrowError(RangeError)
    log.commit(text(2))
    expect(log.size).toBe(2)
    expect(nodeLogFs.read(`${options.folder}/checkpoint`)).toEqual(signedCheckpoint({ size: 2, root: rootByDefinition(text(2).map(leafHash)) }, SIGNER))
  })

  it('another key is refused', async () => {
    const options = folders()
    createLog(options)
    await expect(openLog({ ...options, signer: signerOf('log.example/audit', 8) })).rejects.toMatchObject({ code: 'AUDIT_DAMAGED' })
  })
})
