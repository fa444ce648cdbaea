import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../core/random.ts'
import { openCheckpoint } from '../note/checkpoint.ts'
import { hashesAt, parseTilePath, TILE_WIDTH } from '../tiles/tile-path.ts'
import { leafHash } from '../tree/hash.ts'
import { rootByDefinition } from '../tree/testing.ts'
import { verifyLog } from '../verify/verify-log.ts'
import type { LogWriter } from './log-writer.ts'
import { createLog, openLog } from './open-log.ts'
import { Crash, FakeFs, optionsOn, SIGNER } from './testing.ts'

const entriesOf = (count: number, word: string): Buffer[] => Array.from({ length: count }, (_, n) => Buffer.from(`${word} ${n}`))
/** Batches that cross the borders of tiles in every way. */
const BATCHES = [3, 252, 1, 1, 300, 211, 5]

/** What the world has seen: every entry that was acknowledged, and every checkpoint that could be read. */
interface Seen {
  readonly acknowledged: Buffer[]
  readonly checkpoints: Map<number, string>
}

function look(fs: FakeFs, seen: Seen): void {
  const bytes = fs.read('/log/checkpoint')
  if (bytes === null) return
  const { size, root } = openCheckpoint(bytes, SIGNER.verifier)
  const text = Buffer.from(root).toString('hex')
  // Two roots of one size are two histories.
  expect(seen.checkpoints.get(Number(size)) ?? text).toBe(text)
  seen.checkpoints.set(Number(size), text)
}

/** Opens the log, through as many crashes as `fault` has; gives the log and what it holds. */
async function reopened(fs: FakeFs): Promise<LogWriter> {
  for (;;) {
    try {
      return await openLog(optionsOn(fs))
    } catch (error) {
      const { code, cause } = error as { readonly code?: string; readonly cause?: unknown }
      if (code !== 'AUDIT_WRITE_FAILED') throw error
      if (cause instanceof Crash) fs.restart()
    }
  }
}

/** Writes all batches with one fault at operation `at`; after each loss the writer offers other entries than before. */
async function run(seed: number, at: number, code: string): Promise<number> {
  const fs = new FakeFs(seededRandom(seed))
  createLog(optionsOn(fs))
  const seen: Seen = { acknowledged: [], checkpoints: new Map() }
  // After each recovery: entries that are new, the cursor, files that should not be there.
  const [found, wanted]: [unknown[], unknown[]] = [[], []]
  const start = fs.operations
  const arm = (when: number): void => {
    fs.fault = () => (fs.operations === when ? code : null)
  }
  arm(start + at)
  let log = await openLog(optionsOn(fs))
  for (const [n, count] of BATCHES.entries()) {
    for (let attempt = 0; ; attempt++) {
      const batch = entriesOf(count + attempt, `batch ${n}.${attempt}`)
      const before = log.size
      try {
        log.commit(batch, `after ${n}`)
        seen.acknowledged.push(...batch)
        look(fs, seen)
        break
      } catch {
        look(fs, seen)
        log.close()
        if (code === 'crash') fs.restart()
        look(fs, seen)
        // The fault strikes once more, while the log recovers from the first.
        arm(fs.operations + 1 + Math.floor(seededRandom(seed + at)() * 6))
        log = await reopened(fs)
        fs.fault = () => null
        look(fs, seen)
        // Whole or not at all, entries and cursor together.
        const whole = log.size > before
        found.push([log.size - before, log.cursor, beyond(fs, log.size)])
        wanted.push([whole ? batch.length : 0, whole ? `after ${n}` : n === 0 ? '' : `after ${n - 1}`, []])
        if (whole) {
          seen.acknowledged.push(...batch)
          break
        }
      }
    }
  }
  expect(found).toEqual(wanted)
  await check(fs, seen, log)
  return fs.operations - start
}

/** Files of tiles that no tree of this size has. */
function beyond(fs: FakeFs, size: number): string[] {
  const files = [...fs.copy('/log/tile/')].flatMap(([path, content]) => (content === null ? [] : path.slice('/log/'.length)))
  return files.filter((path) => {
    if (path.endsWith('.tmp')) return true
    const { level, index, width } = parseTilePath(path)
    return index * TILE_WIDTH + width > hashesAt(level === 'entries' ? 0 : level, size)
  })
}

async function check(fs: FakeFs, seen: Seen, log: LogWriter): Promise<void> {
  const leaves = seen.acknowledged.map(leafHash)
  expect(log.size).toBe(leaves.length)
  const found: string[] = []
  const report = await verifyLog({ source: { read: (path) => Promise.resolve(fs.read(`/log/${path}`)) }, log: SIGNER.verifier, onEntry: (entry) => found.push(entry.toString()) })
  expect(report).toMatchObject({ size: leaves.length, problems: [] })
  expect(found).toEqual(seen.acknowledged.map(String))
  // Every checkpoint that was ever to be seen is of this one history.
  for (const [size, root] of seen.checkpoints) expect(root).toBe(Buffer.from(rootByDefinition(leaves.slice(0, size))).toString('hex'))
}

const OPERATIONS = await run(1, Infinity, 'crash')

describe('a crash at any operation of the disk, and another while recovering', () => {
  it(`operations 1 to ${OPERATIONS}: nothing acknowledged is lost, entries come whole with their cursor, no checkpoint is taken back`, async () => {
    for (let at = 1; at <= OPERATIONS; at++) expect(await run(at, at, 'crash')).toBeGreaterThanOrEqual(at)
  })

  it('there are enough of them', () => expect(OPERATIONS).toBeGreaterThan(100))

  it('with other luck about what reached the disk', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1e6), fc.integer({ min: 1, max: OPERATIONS }), async (seed, at) => {
        expect(await run(seed, at, 'crash')).toBeGreaterThanOrEqual(at)
      }),
      { numRuns: 100 },
    )
  })
})

describe.each(['ENOSPC', 'EIO', 'EROFS', 'EDQUOT'])('the disk says %s once, at any operation', (code) => {
  it('the commit is not acknowledged, nothing is taken until the log is opened anew, then it goes on', async () => {
    for (let at = 1; at <= OPERATIONS; at += 3) expect(await run(at, at, code)).toBeGreaterThanOrEqual(at)
  })
})

it('after a failed write the log takes nothing more, even if the disk is well again', async () => {
  const fs = new FakeFs(seededRandom(1))
  createLog(optionsOn(fs))
  const log = await openLog(optionsOn(fs))
  fs.fault = (operation) => (operation === 'sync' ? 'EIO' : null)
  const failed = expect.objectContaining({ code: 'AUDIT_WRITE_FAILED' })
  expect(() => log.commit(entriesOf(3, 'a'))).toThrowError(failed)
  fs.fault = () => null
  expect(() => log.commit(entriesOf(3, 'a'))).toThrowError(failed)
  expect(log.size).toBe(0)
  expect((await openLog(optionsOn(fs))).size).toBe(0)
})

async function grown(fs = new FakeFs(seededRandom(1))): Promise<FakeFs> {
  createLog(optionsOn(fs))
  const log = await openLog(optionsOn(fs))
  for (const [n, count] of BATCHES.entries()) log.commit(entriesOf(count, `batch ${n}`), `after ${n}`)
  log.close()
  return fs
}

async function codeOfOpening(fs: FakeFs, remembered: readonly Uint8Array[] = []): Promise<unknown> {
  const before = fs.read('/log/checkpoint')
  const code = await openLog({ ...optionsOn(fs), remembered }).then(
    () => 'opened',
    (error: { code?: string }) => error.code,
  )
  // Whatever happened, nothing new was signed.
  expect(fs.read('/log/checkpoint')).toEqual(before)
  return code
}

describe('what was changed behind the writer is refused', () => {
  it('an old copy of the log in its place: AUDIT_ROLLED_BACK, from the state alone', async () => {
    const fs = new FakeFs(seededRandom(1))
    createLog(optionsOn(fs))
    const log = await openLog(optionsOn(fs))
    log.commit(entriesOf(300, 'a'))
    const old = fs.copy('/log')
    log.commit(entriesOf(300, 'b'))
    fs.putBack('/log', old)
    expect(await codeOfOpening(fs)).toBe('AUDIT_ROLLED_BACK')
  })

  it('an old copy of everything: noticed with a checkpoint that was kept elsewhere, and only so', async () => {
    const fs = new FakeFs(seededRandom(1))
    createLog(optionsOn(fs))
    const log = await openLog(optionsOn(fs))
    log.commit(entriesOf(300, 'a'))
    const old = fs.copy('/')
    log.commit(entriesOf(300, 'b'))
    const kept = fs.read('/log/checkpoint')!
    fs.putBack('/', old)
    expect(await codeOfOpening(fs, [kept])).toBe('AUDIT_ROLLED_BACK')
    expect(await codeOfOpening(fs)).toBe('opened')
    // Rewritten with the right key, to the same length: another history.
    const rewriter = await openLog(optionsOn(fs))
    rewriter.commit(entriesOf(400, 'c'))
    expect(await codeOfOpening(fs, [kept])).toBe('AUDIT_FORKED')
    expect(await codeOfOpening(fs)).toBe('opened')
  })

  it('an old state beside a newer log: AUDIT_ROLLED_BACK', async () => {
    const fs = await grown()
    const old = fs.copy('/private')
    const log = await openLog(optionsOn(fs))
    log.commit(entriesOf(1, 'more'))
    fs.putBack('/private', old)
    expect(await codeOfOpening(fs)).toBe('AUDIT_ROLLED_BACK')
  })

  it.each([
    ['/log/checkpoint', 'AUDIT_'],
    ['/private/state', 'AUDIT_DAMAGED'],
    ['/log/tile/0/003.p/5', 'AUDIT_DAMAGED'],
    ['/log/tile/1/000.p/3', 'AUDIT_DAMAGED'],
    ['/log/tile/entries/003.p/5', 'AUDIT_'],
  ])('a bit flipped in %s', async (file, code) => {
    const fs = await grown()
    const length = fs.read(file)!.length
    for (let bit = 0; bit < 8 * length; bit += 41) {
      const flip = (content: Buffer): Buffer => content.fill(content[bit >> 3]! ^ (1 << (bit & 7)), bit >> 3, (bit >> 3) + 1)
      fs.edit(file, flip)
      expect(await codeOfOpening(fs)).toContain(code)
      fs.edit(file, flip)
    }
    expect(await codeOfOpening(fs)).toBe('opened')
  })

  it('a bundle, tile, state or checkpoint cut off anywhere', async () => {
    for (const file of ['/log/tile/entries/003.p/5', '/log/tile/0/003.p/5', '/private/state', '/log/checkpoint']) {
      const fs = await grown()
      const whole = fs.read(file)!
      for (let length = 0; length < whole.length; length++) {
        fs.edit(file, () => whole.subarray(0, length))
        expect(await codeOfOpening(fs)).toContain('AUDIT_')
      }
    }
  })

  it('a missing state: AUDIT_DAMAGED; a missing checkpoint is signed for again, as it was', async () => {
    const fs = await grown()
    const all = fs.copy('/')
    const checkpoint = fs.read('/log/checkpoint')
    fs.remove('/log/checkpoint')
    await openLog(optionsOn(fs))
    expect(fs.read('/log/checkpoint')).toEqual(checkpoint)
    fs.putBack('/', all)
    fs.remove('/private/state')
    expect(await codeOfOpening(fs)).toBe('AUDIT_DAMAGED')
  })
})
