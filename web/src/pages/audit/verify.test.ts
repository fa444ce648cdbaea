import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createLog, openLog } from '../../../../src/prove/log/open-log.ts'
import { directorySource } from '../../../../src/prove/tiles/tile-source.ts'
import { newSigningKey, parseSigningKey, parseVerifierKey } from '../../../../src/prove/note/keys.ts'
import { parseProof } from '../../../../src/prove/note/tlog-proof.ts'
import { proverOf } from '../../../../src/prove/verify/prove-entry.ts'
import { leafHash } from '../../../../src/prove/tree/hash.ts'
import { rootOf, verifyCall, type CallProof } from './verify.ts'

const SIZE = 300
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

/** Entry 7 is of an act that names a call, as the log has of proofs that were given. */
const entryOf = (index: number): object => (index === 7 ? { leaf: 'proof-given', call: 'call_42' } : { leaf: 'call', id: `call_${index}`, n: index })

/** What the server answers of a log of `SIZE` entries: made by the product's own writer, which shares no code with the verifier. */
async function proofs(): Promise<(index: number) => Promise<CallProof>> {
  const base = mkdtempSync(join(tmpdir(), 'spillway-verify-'))
  try {
    const signer = parseSigningKey(newSigningKey('example.com/audit', Buffer.alloc(32, 7)))
    const options = { folder: join(base, 'log'), privateFolder: join(base, 'private'), signer }
    createLog(options)
    const log = await openLog(options)
    log.commit(Array.from({ length: SIZE }, (_, index) => Buffer.from(JSON.stringify(entryOf(index)))))
    log.close()
    const key = readFileSync(join(base, 'log', 'verifier.key'), 'utf8')
    const prover = await proverOf(directorySource(join(base, 'log')), parseVerifierKey(key))
    const made = await Promise.all(
      [0, 1, 7, 42, 255, 256, SIZE - 1].map(async (index): Promise<[number, CallProof]> => {
        const { extra, proof, checkpoint } = parseProof(Buffer.from(await prover.prove(index)))
        return [index, { index, leaf: base64(extra!), leafHash: base64(leafHash(extra!)), proof: proof.map(base64), checkpoint: checkpoint.toString('utf8'), key }]
      }),
    )
    const all = new Map(made)
    return (index) => Promise.resolve(all.get(index)!)
  } finally {
    rmSync(base, { recursive: true })
  }
}

const CHANGED = base64(Buffer.from(JSON.stringify({ leaf: 'call', id: 'call_42', n: 43 })))
const ready = proofs()
const check = (proof: CallProof, id: string) => verifyCall(proof, id, globalThis.crypto.subtle)
const flipped = (text: string, at: number): string => {
  const bytes = Buffer.from(text, 'base64')
  bytes[at]! ^= 1
  return bytes.toString('base64')
}

describe('a call checked in the browser', () => {
  it.each([0, 1, 42, 255, 256, SIZE - 1])('is proven: entry %d', async (index) => {
    const verdict = await check(await (await ready)(index), `call_${index}`)
    expect(verdict.steps.filter(({ ok }) => !ok)).toEqual([])
    expect(verdict).toMatchObject({ ok: true, entry: { n: index } })
    expect(verdict.steps).toHaveLength(9)
  })

  it.each([
    ['another call', (one: CallProof) => one, 'call_41', 'The entry is of this call'],
    ['a changed entry', (one: CallProof) => ({ ...one, leaf: CHANGED }), 'call_42', 'The hash of the entry is what the server says'],
    ['a changed entry and its hash', (one: CallProof) => ({ ...one, leaf: CHANGED, leafHash: base64(leafHash(Buffer.from(CHANGED, 'base64'))) }), 'call_42', 'The proof leads to the root'],
    ['an entry that is no object', (one: CallProof) => ({ ...one, leaf: base64(Buffer.from('null')) }), 'call_42', 'The answer can be read'],
    ['an entry that is no JSON', (one: CallProof) => ({ ...one, leaf: 'AAAA' }), 'call_42', 'The answer can be read'],
    ['a changed hash', (one: CallProof) => ({ ...one, proof: one.proof.map((hash, at) => (at === 3 ? flipped(hash, 5) : hash)) }), 'call_42', 'The proof leads to the root'],
    ['a hash too few', (one: CallProof) => ({ ...one, proof: one.proof.slice(1) }), 'call_42', 'The proof leads to the root'],
    ['a hash too many', (one: CallProof) => ({ ...one, proof: [...one.proof, one.proof[0]!] }), 'call_42', 'The proof leads to the root'],
    ['another place', (one: CallProof) => ({ ...one, index: 43 }), 'call_42', 'The proof leads to the root'],
    ['a place beyond the end', (one: CallProof) => ({ ...one, index: 300 }), 'call_42', 'The entry lies within that size'],
    ['another size in the checkpoint', (one: CallProof) => ({ ...one, checkpoint: one.checkpoint.replace('\n300\n', '\n301\n') }), 'call_42', /The proof leads to the root|The signature is right/u],
    ['another root in the checkpoint', (one: CallProof) => ({ ...one, checkpoint: one.checkpoint.replace(/\n300\n(.)/u, (_, first: string) => `\n300\n${first === 'A' ? 'B' : 'A'}`) }), 'call_42', 'The proof leads to the root'],
    ['another origin', (one: CallProof) => ({ ...one, checkpoint: one.checkpoint.replace('example.com/audit\n', 'example.com/other\n') }), 'call_42', 'The key is of that log'],
    ['a checkpoint without a signature', (one: CallProof) => ({ ...one, checkpoint: one.checkpoint.slice(0, one.checkpoint.lastIndexOf('\n\n') + 2) }), 'call_42', 'The checkpoint carries a signature by it'],
    ['a changed signature', (one: CallProof) => ({ ...one, checkpoint: one.checkpoint.replace(/(?<=\u2014 example\.com\/audit )\S+/u, (signature) => flipped(signature, 20)) }), 'call_42', 'The signature is right'],
    ['another key of the same name', (one: CallProof) => ({ ...one, key: parseSigningKey(newSigningKey('example.com/audit', Buffer.alloc(32, 8))).verifier.text }), 'call_42', 'The checkpoint carries a signature by it'],
    ['another key under the same id', (one: CallProof) => ({ ...one, key: one.key.trim().replace(/(?<=\+)[^+]+$/u, (bytes) => flipped(bytes, 9)) }), 'call_42', "The key's id is its own"],
    ['a key that is none', (one: CallProof) => ({ ...one, key: 'example.com/audit+zz+AAAA' }), 'call_42', 'The answer can be read'],
  ])('is not proven with %s', async (_, tamper, id, step) => {
    const verdict = await check(tamper(await (await ready)(42)), id)
    expect(verdict.ok).toBe(false)
    expect(verdict.steps.at(-1)).toMatchObject({ ok: false, what: expect.stringMatching(step) })
  })
})

it('the entry of an act that names a call does not prove the call', async () => {
  const verdict = await check(await (await ready)(7), 'call_42')
  expect(verdict.ok).toBe(false)
  expect(verdict.steps).toEqual([{ what: 'The entry is of this call', ok: false, value: 'call_42' }])
})

/** Vectors of transparency-dev/merkle, from src/prove/tree/fixtures. */
interface Vector {
  readonly file: string
  readonly leafIdx: string
  readonly treeSize: string
  readonly leafHash: string
  readonly root: string
  readonly proof: readonly string[] | null
  readonly wantErr: boolean
}

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))
const sha256 = (...parts: readonly Uint8Array[]): Promise<Uint8Array> => Promise.resolve(new Uint8Array(createHash('sha256').update(Buffer.concat(parts)).digest()))

describe('the root that a proof leads to', () => {
  const { inclusion } = JSON.parse(readFileSync(new URL('../../../../src/prove/tree/fixtures/merkle-vectors.json', import.meta.url), 'utf8')) as { readonly inclusion: readonly Vector[] }

  it.each(inclusion.map((vector) => [vector.file, vector] as const))('public vector %s', async (_, { leafIdx, treeSize, leafHash, root, proof, wantErr }) => {
    const found = await rootOf(bytes(leafHash), BigInt(leafIdx), BigInt(treeSize), (proof ?? []).map(bytes), sha256)
    expect(found !== null && base64(found) === root).toBe(!wantErr)
  })
})
