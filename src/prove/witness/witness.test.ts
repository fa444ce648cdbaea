import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../core/random.ts'
import { createLog, openLog } from '../log/open-log.ts'
import { FakeFs, optionsOn, SIGNER } from '../log/testing.ts'
import { formatCheckpoint, openCheckpoint } from '../note/checkpoint.ts'
import { parseSigningKey } from '../note/keys.ts'
import { signNote } from '../note/signed-note.ts'
import { signerOf, WITNESS_KEY } from '../note/testing.ts'
import { tileNodes } from '../tiles/tile-reader.ts'
import { EMPTY_ROOT, type Hash } from '../tree/hash.ts'
import { consistencyProof } from '../tree/make-proof.ts'
import { formatAddCheckpoint } from './add-checkpoint.ts'
import { NO_STATE, Witness, type WitnessAnswer } from './witness.ts'

const STATE = '/private/witness.state'
const signer = parseSigningKey(WITNESS_KEY, { now: () => 1_764_000_000n })

/** A log that grows, and a rewritten one under the same key. */
async function history(first: string): Promise<{ readonly at: Map<number, Buffer>; readonly prove: (from: number, to: number) => Promise<Hash[]> }> {
  const fs = new FakeFs(seededRandom(1))
  createLog(optionsOn(fs))
  const log = await openLog(optionsOn(fs))
  const at = new Map([[0, fs.read('/log/checkpoint')!]])
  for (const size of [1, 5, 300, 301]) {
    log.commit(Array.from({ length: size - log.size }, (_, n) => Buffer.from(log.size + n === 0 ? first : `entry ${log.size + n}`)))
    at.set(size, fs.read('/log/checkpoint')!)
  }
  return { at, prove: (from, to) => consistencyProof(from, to, tileNodes({ read: (path) => Promise.resolve(fs.read(`/log/${path}`)) }, to)) }
}

const real = await history('entry 0')
const rewritten = await history('another entry 0')

function memory(state = NO_STATE): FakeFs {
  const fs = new FakeFs(seededRandom(1))
  fs.write(STATE, Buffer.from(state))
  fs.syncFolder('/private')
  return fs
}

const witnessOn = (fs: FakeFs): Witness => new Witness({ signer, logs: [SIGNER.verifier], stateFile: STATE, fs })
const body = async (old: number, size: number, { from = real, proof }: { readonly from?: typeof real; readonly proof?: Hash[] } = {}): Promise<Buffer> =>
  formatAddCheckpoint({ old: BigInt(old), proof: proof ?? (old === 0 ? [] : await from.prove(old, size)), checkpoint: from.at.get(size)! })

const conflict = (size: number): Partial<WitnessAnswer> => ({ status: 409, type: 'text/x.tlog.size', body: `${size}\n` })

describe('a witness', () => {
  it('signs a log as it grows, and the same checkpoint again', async () => {
    const witness = witnessOn(memory())
    for (const [old, size] of [[0, 0], [0, 1], [1, 1], [1, 5], [5, 301], [301, 301]] as const) {
      const { status, body: line } = witness.addCheckpoint(await body(old, size))
      expect([old, size, status]).toEqual([old, size, 200])
      const cosigned = Buffer.concat([real.at.get(size)!, Buffer.from(line)])
      expect(openCheckpoint(cosigned, SIGNER.verifier, [signer.verifier]).cosigned).toMatchObject([{ name: 'witness.example/w1', time: 1_764_000_000n }])
    }
  })

  it.each([
    ['an old size that is not the last that it signed', () => body(1, 300), conflict(5)],
    ['a log that was rolled back', () => body(1, 1), conflict(5)],
    ['a log that was rolled back, with the size that it signed', () => body(5, 1, { proof: [] }), { status: 400 }],
    ['a fork of the same size', () => body(5, 5, { from: rewritten, proof: [] }), conflict(5)],
    ['a fork that has grown', () => body(5, 300, { from: rewritten }), { status: 422 }],
    ['no proof', () => body(5, 300, { proof: [] }), { status: 422 }],
    ['a proof that is too long', async () => body(5, 300, { proof: [...(await real.prove(5, 300)), EMPTY_ROOT] }), { status: 422 }],
    ['a proof where none is due', () => body(5, 5, { proof: [EMPTY_ROOT] }), { status: 422 }],
    ['another log', () => Promise.resolve(formatAddCheckpoint({ old: 0n, proof: [], checkpoint: Buffer.from(signNote(formatCheckpoint({ origin: 'other.example', size: 1n, root: EMPTY_ROOT, extensions: [] }), [signerOf('other.example')])) })), { status: 404 }],
    ['a checkpoint under another key', () => Promise.resolve(formatAddCheckpoint({ old: 5n, proof: [], checkpoint: Buffer.from(signNote(formatCheckpoint({ origin: SIGNER.name, size: 5n, root: EMPTY_ROOT, extensions: [] }), [signerOf(SIGNER.name, 9)])) })), { status: 403 }],
    ['nothing', () => Promise.resolve(Buffer.alloc(0)), { status: 400 }],
    ['a size with a leading zero', async () => Buffer.from((await body(5, 300)).toString().replace('old 5', 'old 05')), { status: 400 }],
    ['64 lines of proof', () => body(5, 300, { proof: Array.from({ length: 64 }, () => EMPTY_ROOT) }), { status: 400 }],
    ['a line that is no hash', async () => Buffer.from((await body(5, 300)).toString().replace('\n', '\nAAAA\n')), { status: 400 }],
    ['no checkpoint', () => Promise.resolve(Buffer.from('old 5\n\nno note\n')), { status: 400 }],
  ] as const)('refuses %s', async (_, make, answer) => {
    const fs = memory()
    const witness = witnessOn(fs)
    witness.addCheckpoint(await body(0, 5))
    const before = fs.read(STATE)
    expect(witness.addCheckpoint(await make())).toMatchObject(answer)
    expect(fs.read(STATE)).toEqual(before)
    // And it goes on as if nothing had been.
    expect(witness.addCheckpoint(await body(5, 300)).status).toBe(200)
  })

  it('refuses a first checkpoint of nothing with a root of something', async () => {
    const checkpoint = Buffer.from(signNote(formatCheckpoint({ origin: SIGNER.name, size: 0n, root: Buffer.alloc(32, 1), extensions: [] }), [SIGNER]))
    expect(witnessOn(memory()).addCheckpoint(formatAddCheckpoint({ old: 0n, proof: [], checkpoint })).status).toBe(422)
  })

  it('remembers before it answers: whenever it crashes, what it has signed for it knows afterwards', async () => {
    for (let operation = 1; ; operation++) {
      const fs = memory()
      const witness = witnessOn(fs)
      witness.addCheckpoint(await body(0, 5))
      const until = fs.operations + operation
      fs.fault = () => (fs.operations === until ? 'crash' : null)
      let answered = false
      try {
        answered = witness.addCheckpoint(await body(5, 300)).status === 200
      } catch {
        // The world has ended.
      }
      const crashed = fs.operations >= until
      fs.restart()
      const fork = witnessOn(fs).addCheckpoint(await body(5, 300, { from: rewritten }))
      // Either it still stands at 5, or it has signed for 300; the fork goes on from neither.
      expect(answered ? [fork.status, fork.body] : [[409, 422].includes(fork.status)]).toEqual(answered ? [409, '300\n'] : [true])
      if (!crashed) break
    }
  })

  it('signs nothing while its disk refuses, and goes on afterwards', async () => {
    const fs = memory()
    const witness = witnessOn(fs)
    witness.addCheckpoint(await body(0, 5))
    fs.fault = () => 'ENOSPC'
    const request = await body(5, 300)
    expect(() => witness.addCheckpoint(request)).toThrowError('ENOSPC')
    fs.fault = () => null
    expect(witness.addCheckpoint(request).status).toBe(200)
  })

  it('does not start without its memory, or with a broken one', async () => {
    const fs = memory()
    witnessOn(fs).addCheckpoint(await body(0, 300))
    const state = fs.read(STATE)!.toString()
    for (const broken of ['', '[', '{"log.example/audit":"x"}', state.replace('\\n300\\n', '\\n200\\n')]) expect(() => witnessOn(memory(broken))).toThrowError(expect.objectContaining({ code: 'AUDIT_WITNESS_STATE' }))
    expect(() => witnessOn(new FakeFs(seededRandom(1)))).toThrowError(expect.objectContaining({ code: 'AUDIT_WITNESS_STATE' }))
    expect(witnessOn(memory(state)).addCheckpoint(await body(0, 1))).toMatchObject(conflict(300))
  })
})
