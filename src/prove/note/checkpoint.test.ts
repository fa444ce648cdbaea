import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leafHash } from '../tree/hash.ts'
import { inclusionProof, rootAt } from '../tree/make-proof.ts'
import { nodesOf } from '../tree/testing.ts'
import { formatCheckpoint, openCheckpoint, parseCheckpoint } from './checkpoint.ts'
import { signNote } from './signed-note.ts'
import { signerOf } from './testing.ts'
import { formatProof, parseProof, verifyProof } from './tlog-proof.ts'

const log = signerOf('log.example/audit')
const root = Buffer.alloc(32, 5)
const base64 = root.toString('base64')

describe('checkpoints', () => {
  it('as text and back, for any size of 64 bits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.array(fc.constantFrom('x', 'a b', '\u00e9')), (size, bytes, extensions) => {
        const checkpoint = { origin: 'log.example/audit', size, root: Buffer.from(bytes), extensions }
        expect(parseCheckpoint(formatCheckpoint(checkpoint))).toEqual(checkpoint)
      }),
    )
  })

  it.each([
    ['a leading zero', `a\n01\n${base64}\n`],
    ['a sign', `a\n+1\n${base64}\n`],
    ['a negative size', `a\n-1\n${base64}\n`],
    ['a size of 2^64', `a\n18446744073709551616\n${base64}\n`],
    ['a size in hexadecimal', `a\n0x1\n${base64}\n`],
    ['no size', `a\n\n${base64}\n`],
    ['no origin', `\n1\n${base64}\n`],
    ['a root of 31 bytes', `a\n1\n${root.subarray(1).toString('base64')}\n`],
    ['a root with a space', `a\n1\n ${base64}\n`],
    ['URL-safe base64', `a\n1\n${Buffer.alloc(32, 0xff).toString('base64').replaceAll('/', '_')}\n`],
    ['no root', 'a\n1\n'],
    ['no newline at the end', `a\n1\n${base64}`],
    ['an empty extension line', `a\n1\n${base64}\n\nx\n`],
  ])('%s: AUDIT_NOTE_INVALID', (_, text) => {
    expect(() => parseCheckpoint(text)).toThrowError(expect.objectContaining({ code: 'AUDIT_NOTE_INVALID' }))
  })

  it('of another origin under this key is refused', () => {
    const signed = signNote(formatCheckpoint({ origin: 'log.example/other', size: 1n, root, extensions: [] }), [log])
    expect(() => openCheckpoint(Buffer.from(signed), log.verifier)).toThrowError(expect.objectContaining({ code: 'AUDIT_SIGNATURE_INVALID' }))
  })
})

describe('proofs as files', async () => {
  const entries = Array.from({ length: 13 }, (_, n) => Buffer.from(`entry ${n}`))
  const nodes = nodesOf(entries.map(leafHash))
  const checkpoint = Buffer.from(signNote(formatCheckpoint({ origin: log.name, size: 13n, root: await rootAt(13, nodes), extensions: [] }), [log]))
  const proofOf = async (index: number, extra: Buffer | null = null): Promise<string> => formatProof({ extra, index: BigInt(index), proof: await inclusionProof(index, 13, nodes), checkpoint })

  it('verify their own entry and no other', async () => {
    for (let index = 0; index < 13; index++) {
      const proof = Buffer.from(await proofOf(index, index % 2 === 0 ? null : Buffer.from('hint')))
      expect(verifyProof(proof, entries[index]!, log.verifier)).toMatchObject({ index: BigInt(index), size: 13n, origin: log.name })
      expect(() => verifyProof(proof, entries[(index + 1) % 13]!, log.verifier)).toThrowError(expect.objectContaining({ code: 'AUDIT_PROOF_INVALID' }))
    }
  })

  it('with any bit flipped do not verify', async () => {
    const proof = Buffer.from(await proofOf(6))
    fc.assert(
      fc.property(fc.nat(proof.length * 8 - 1), (bit) => {
        const bent = Buffer.from(proof)
        bent[bit >> 3]! ^= 1 << (bit & 7)
        expect(() => verifyProof(bent, entries[6]!, log.verifier)).toThrowError(expect.objectContaining({ code: expect.stringMatching(/^AUDIT_/u) }))
      }),
    )
  })

  it('have one spelling: extra only before the index, nothing besides', async () => {
    const good = await proofOf(6)
    expect(parseProof(Buffer.from(await proofOf(6, Buffer.from('hint')))).extra).toEqual(Buffer.from('hint'))
    for (const bad of [
      good.replace('@v1', '@v2'),
      good.replace('index 6', 'index 06'),
      good.replace('index 6', 'index  6'),
      good.replace('index 6\n', ''),
      good.replace('index 6', 'index 6\nindex 6'),
      good.replace('index 6', 'index 6\nextra aGludA=='),
      good.replace('index 6', 'extra aGludA\nindex 6'),
      good.replace('index 6', `index 6\n${base64.slice(1)}`),
      good.replace('index 6', `index 6\n${`${base64}\n`.repeat(64)}${base64}`),
      good.replaceAll('\n\n', '\n'),
      good.replaceAll('\n', '\r\n'),
    ]) {
      expect(() => parseProof(Buffer.from(bad))).toThrowError(expect.objectContaining({ code: 'AUDIT_NOTE_INVALID' }))
    }
  })
})
