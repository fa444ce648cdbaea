import { expect, it } from 'vitest'
import { seededRandom } from '../../core/random.ts'
import { encodeLeaf } from '../leaf/leaf.ts'
import { signNote } from '../note/signed-note.ts'
import { signerOf } from '../note/testing.ts'
import type { TileSource } from '../tiles/tile-source.ts'
import { verifyLog } from '../verify/verify-log.ts'
import { createLog, openLog } from './open-log.ts'
import { firstEntry, PRUNED, prunableUntil, pruneLog } from './pruned.ts'
import { FakeFs, optionsOn, SIGNER } from './testing.ts'

const DAY_MS = 86_400_000
const START = Date.parse('2026-01-01T00:00:00Z')
const SIZE = 1500

/** A log with a hundred entries a day. */
async function world(seed = 1): Promise<{ readonly fs: FakeFs; readonly source: TileSource }> {
  const fs = new FakeFs(seededRandom(seed))
  createLog(optionsOn(fs))
  const log = await openLog(optionsOn(fs))
  log.commit(Array.from({ length: SIZE }, (_, n) => encodeLeaf({ leaf: 'log-stopped', v: 1, at: new Date(START + Math.floor(n / 100) * DAY_MS).toISOString(), actor: null, reason: String(n) })))
  log.close()
  return { fs, source: { read: (path) => Promise.resolve(fs.read(`/log/${path}`)) } }
}

const bundles = (fs: FakeFs): string[] => fs.list('/log/tile/entries').filter((name) => /^\d+$/u.test(name)).toSorted()

it('whole bundles go whose entries are all older, and no other', async () => {
  const { source } = await world()
  const until = (days: number): Promise<number> => prunableUntil(source, SIGNER.verifier, { size: SIZE, cutoff: START + days * DAY_MS })
  // Entry 255 is of the third day, 511 of the sixth.
  expect(await Promise.all([0, 2, 3, 5, 6, 100].map(until))).toEqual([0, 0, 256, 256, 512, 1280])
})

it('a system whose calls have to stay longer keeps them, and what came after them', async () => {
  const fs = new FakeFs(seededRandom(1))
  createLog(optionsOn(fs))
  const log = await openLog(optionsOn(fs))
  log.commit(Array.from({ length: 1024 }, (_, n) => encodeLeaf({ leaf: 'intent', v: 1, at: new Date(START).toISOString(), actor: null, tenant: 'acme', key: 'k', call: `call_${n}`, api: 'chat', model: 'm', config: 'c', ...(n === 300 ? { system: 'triage' } : {}) })))
  log.close()
  const source: TileSource = { read: (path) => Promise.resolve(fs.read(`/log/${path}`)) }
  const until = (system: number): Promise<number> => prunableUntil(source, SIGNER.verifier, { size: 1024, cutoff: START + DAY_MS, cutoffs: new Map([['triage', START + system * DAY_MS], ['other', 0]]) })
  expect([await until(0), await until(1)]).toEqual([256, 1024])
})

it('the log opens, grows and verifies as before', async () => {
  const { fs, source } = await world()
  pruneLog(fs, '/log', SIGNER, 1024)
  expect(bundles(fs)).toEqual(['004'])
  const log = await openLog(optionsOn(fs))
  log.commit([Buffer.from('one more')])
  expect(await verifyLog({ source, log: SIGNER.verifier })).toMatchObject({ size: SIZE + 1, first: 1024, checked: SIZE + 1 - 1024, problems: [] })
})

it('a changed hash of what was removed is found all the same', async () => {
  const { fs, source } = await world()
  pruneLog(fs, '/log', SIGNER, 1024)
  fs.edit('/log/tile/1/000.p/5', (tile) => tile.fill(1, 40, 41))
  expect((await verifyLog({ source, log: SIGNER.verifier })).problems).toMatchObject([{ code: 'AUDIT_DAMAGED' }])
})

it('a crash at any operation: the log verifies, and what was left is removed the next time', async () => {
  for (let operation = 1; ; operation++) {
    const { fs, source } = await world(operation)
    const until = fs.operations + operation
    fs.fault = () => (fs.operations === until ? 'crash' : null)
    let crashed = false
    try {
      pruneLog(fs, '/log', SIGNER, 1024)
    } catch {
      crashed = true
    }
    fs.restart()
    expect([operation, (await verifyLog({ source, log: SIGNER.verifier })).problems]).toEqual([operation, []])
    pruneLog(fs, '/log', SIGNER, 1280)
    expect([operation, bundles(fs)]).toEqual([operation, []])
    if (!crashed) break
  }
})

it('what another has signed, or what begins within a bundle, is no leave to remove', async () => {
  const { fs, source } = await world()
  for (const note of [signNote('spillway audit pruned v1\nfirst 512\n', [signerOf('log.example/audit', 9)]), signNote('spillway audit pruned v1\nfirst 500\n', [SIGNER]), signNote('another\nfirst 512\n', [SIGNER])]) {
    fs.write(`/log/${PRUNED}`, Buffer.from(note))
    await expect(firstEntry(source, SIGNER.verifier)).rejects.toMatchObject({ code: 'AUDIT_DAMAGED', place: { file: PRUNED } })
    expect((await verifyLog({ source, log: SIGNER.verifier })).problems).toMatchObject([{ place: { file: PRUNED } }])
  }
  fs.write(`/log/${PRUNED}`, Buffer.from(signNote('spillway audit pruned v1\nfirst 2048\n', [SIGNER])))
  expect((await verifyLog({ source, log: SIGNER.verifier })).problems).toMatchObject([{ message: expect.stringContaining('begin at entry 2048') }])
})
