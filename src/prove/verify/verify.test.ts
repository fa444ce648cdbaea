import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../core/random.ts'
import { createLog, openLog } from '../log/open-log.ts'
import { FakeFs, optionsOn, SIGNER } from '../log/testing.ts'
import { signerOf } from '../note/testing.ts'
import { verifyProof } from '../note/tlog-proof.ts'
import type { TileSource } from '../tiles/tile-source.ts'
import { carriedEntry, findEntry, proveEntry } from './prove-entry.ts'
import { verifyLog, type VerifyReport } from './verify-log.ts'

const SIZE = 66_100
const entries = Array.from({ length: SIZE }, (_, n) => Buffer.from(`entry ${n}`))
const key = SIGNER.verifier

/** A log of three levels of tiles, as files by path; the checkpoint at 65,000 was kept. */
const { files, kept } = await (async () => {
  const fs = new FakeFs(seededRandom(1))
  createLog(optionsOn(fs))
  const log = await openLog(optionsOn(fs))
  log.commit(entries.slice(0, 65_000))
  const checkpoint = fs.read('/log/checkpoint')!
  log.commit(entries.slice(65_000))
  return { files: new Map([...fs.copy('/log/')].flatMap(([path, content]) => (content === null ? [] : [[path.slice(5), content] as const]))), kept: checkpoint }
})()

const sourceOf = (changes: ReadonlyMap<string, Buffer | null> = new Map()): TileSource => ({ read: (path) => Promise.resolve(changes.get(path) === undefined ? (files.get(path) ?? null) : changes.get(path)!) })
const verify = (changes?: ReadonlyMap<string, Buffer | null>, since?: Buffer): Promise<VerifyReport> => verifyLog({ source: sourceOf(changes), log: key, ...(since === undefined ? {} : { since }) })
const flip = (path: string, bit: number): Map<string, Buffer> => {
  const copy = Buffer.from(files.get(path)!)
  copy[(bit >> 3) % copy.length]! ^= 1 << (bit & 7)
  return new Map([[path, copy]])
}
const placesOf = ({ problems }: VerifyReport): (string | undefined)[] => problems.map(({ place }) => place.file)

describe('a log as it was signed', () => {
  it('verifies in full, entry by entry', async () => {
    const seen: number[] = []
    const report = await verifyLog({ source: sourceOf(), log: key, onEntry: (entry, index) => entry.equals(entries[index]!) && seen.push(index) })
    expect(report).toMatchObject({ origin: 'log.example/audit', size: SIZE, checked: SIZE, problems: [] })
    expect(seen).toHaveLength(SIZE)
  })

  it('verifies from a checkpoint that was kept, reading only what came after', async () => {
    const read: string[] = []
    const source: TileSource = { read: (path) => (read.push(path), sourceOf().read(path)) }
    expect(await verifyLog({ source, log: key, since: kept })).toMatchObject({ size: SIZE, checked: SIZE - 65_000 + (65_000 % 256), problems: [] })
    expect(read.filter((path) => path.startsWith('tile/entries/'))).toHaveLength(6)
    expect(await verify(undefined, files.get('checkpoint'))).toMatchObject({ problems: [] })
  })
})

describe('a log that was changed', () => {
  it.each(['tile/entries/000', 'tile/entries/257', 'tile/entries/258.p/52', 'tile/0/000', 'tile/0/100', 'tile/0/258.p/52', 'tile/1/000', 'tile/1/001.p/2', 'tile/2/000.p/1'])('any bit flipped in %s is found, and the file is named', async (path) => {
    await fc.assert(
      fc.asyncProperty(fc.nat(8 * files.get(path)!.length - 1), async (bit) => {
        const named = placesOf(await verify(flip(path, bit)))
        // A changed entry shows in its tile, or in the bundle where its length was hit.
        expect([path, path.replace('entries', '0')]).toContain(named[0])
      }),
      { numRuns: path.includes('258') ? 3 : 1 },
    )
  })

  it('says which entry', async () => {
    const bundle = Buffer.from(files.get('tile/entries/000')!)
    bundle[bundle.indexOf('entry 17')]! ^= 1
    expect((await verify(new Map([['tile/entries/000', bundle]]))).problems[0]!.message).toBe('hash 17 is not that of entry 17 (in tile/entries/000)')
  })

  it('a bit flipped in the checkpoint', async () => {
    const { length } = files.get('checkpoint')!
    for (let bit = 0; bit < 8 * length; bit += 13) await expect(verify(flip('checkpoint', bit))).rejects.toMatchObject({ code: expect.stringMatching(/^AUDIT_/u) })
  })

  it('a file that is missing, cut off or longer', async () => {
    for (const path of ['tile/entries/010', 'tile/0/010', 'tile/1/000', 'tile/2/000.p/1']) {
      const content = files.get(path)!
      for (const change of [null, content.subarray(0, -1), Buffer.concat([content, Buffer.from([0])])]) expect(placesOf(await verify(new Map([[path, change]])))).toContain(path)
    }
  })

  it('entries exchanged, with their tile made to fit: the level above tells', async () => {
    const other = new FakeFs(seededRandom(1))
    createLog(optionsOn(other))
    const log = await openLog(optionsOn(other))
    log.commit([...entries.slice(0, 5).toReversed(), ...entries.slice(5, 256)])
    const changes = new Map([['tile/entries/000', other.read('/log/tile/entries/000')!], ['tile/0/000', other.read('/log/tile/0/000')!]])
    const { problems } = await verify(changes)
    expect(problems.map(({ place, message }) => [place.file, message])).toEqual([['tile/1/000', 'hash 0 is not that of the 256 entries from 0 on'], ['tile/2/000.p/1', 'hash 0 is not that of the 65536 entries from 0 on']])
  })

  it('rewritten from the first entry on, consistently and with the right key: only a kept checkpoint tells', async () => {
    const other = new FakeFs(seededRandom(1))
    createLog(optionsOn(other))
    const log = await openLog(optionsOn(other))
    log.commit([Buffer.from('another first entry'), ...entries.slice(1, 65_500)])
    const source: TileSource = { read: (path) => Promise.resolve(other.read(`/log/${path}`)) }
    expect(await verifyLog({ source, log: key })).toMatchObject({ problems: [] })
    expect((await verifyLog({ source, log: key, since: kept })).problems).toMatchObject([{ code: 'AUDIT_FORKED' }])
    expect((await verifyLog({ source, log: key, since: files.get('checkpoint')! })).problems).toMatchObject([{ code: 'AUDIT_ROLLED_BACK' }])
  })

  it('many faults: at most twenty are told', async () => {
    const changes = new Map(Array.from({ length: 60 }, (_, n) => [...flip(`tile/0/${String(n).padStart(3, '0')}`, 5)][0]!))
    expect((await verify(changes)).problems).toHaveLength(20)
  })

  it('another key, or no log at all', async () => {
    await expect(verifyLog({ source: sourceOf(), log: signerOf('log.example/audit', 8).verifier })).rejects.toMatchObject({ code: 'AUDIT_SIGNATURE_INVALID' })
    await expect(verifyLog({ source: { read: () => Promise.resolve(null) }, log: key })).rejects.toMatchObject({ code: 'AUDIT_LOG_MISSING' })
  })
})

describe('a proof for one entry', () => {
  it.each([0, 1, 255, 256, 65_535, 65_536, SIZE - 1])('of number %i is checked with nothing but the key', async (index) => {
    const proof = Buffer.from(await proveEntry(sourceOf(), key, index))
    const entry = carriedEntry(proof)!
    expect(entry).toEqual(entries[index])
    expect(verifyProof(proof, entry, key)).toMatchObject({ index: BigInt(index), size: BigInt(SIZE) })
    expect(() => verifyProof(proof, Buffer.from('entry x'), key)).toThrowError(expect.objectContaining({ code: 'AUDIT_PROOF_INVALID' }))
  })

  it('is not made from tiles that were changed, nor of entries that are not there', async () => {
    await expect(proveEntry(sourceOf(flip('tile/0/000', 3)), key, 200)).rejects.toMatchObject({ code: 'AUDIT_PROOF_INVALID' })
    for (const index of [-1, SIZE, 0.5, Number.NaN]) await expect(proveEntry(sourceOf(), key, index)).rejects.toMatchObject({ code: 'AUDIT_PROOF_INVALID' })
  })

  it('the newest entry that fits is found, however far back', async () => {
    expect(await findEntry(sourceOf(), key, (entry) => /^entry [35]$/u.test(entry.toString()))).toBe(5)
    expect(await findEntry(sourceOf(), key, (entry) => entry.toString() === `entry ${SIZE - 1}`)).toBe(SIZE - 1)
    expect(await findEntry(sourceOf(), key, () => false)).toBeNull()
  })
})
