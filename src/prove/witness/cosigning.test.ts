import { describe, expect, it } from 'vitest'
import type { SpillwayError } from '../../core/errors.ts'
import { seededRandom } from '../../core/random.ts'
import type { LogWriter } from '../log/log-writer.ts'
import { createLog, openLog } from '../log/open-log.ts'
import { FakeFs, optionsOn, SIGNER } from '../log/testing.ts'
import { openCheckpoint } from '../note/checkpoint.ts'
import { newSigningKey, parseSigningKey, type Signer } from '../note/keys.ts'
import { formatPolicy, parsePolicy } from '../note/policy.ts'
import { Cosigning } from './cosigning.ts'
import { publishCosigned, WITNESSED } from './publish-cosigned.ts'
import { WitnessClient } from './witness-client.ts'
import { NO_STATE, Witness } from './witness.ts'

const DAY_MS = 86_400_000

interface World {
  readonly fs: FakeFs
  readonly log: LogWriter
  readonly cosigning: Cosigning
  readonly signers: readonly Signer[]
  /** Requests by witness. */
  readonly requests: number[]
  /** Witnesses that cannot be reached. */
  readonly down: Set<number>
  readonly failures: SpillwayError[]
  /** Goes on by so much, appends so many entries and lets the witnesses sign. */
  readonly step: (ms: number, entries: number) => Promise<void>
  /** Who has signed the published checkpoint, and the size that enough have signed. */
  readonly published: () => { readonly size: number; readonly by: string[]; readonly witnessed: number | null }
}

/** A log with witnesses, of which so many must sign, behind a network of function calls. */
async function world(count: number, quorum: number, answer?: (witness: number, body: Buffer) => Response | null): Promise<World> {
  const fs = new FakeFs(seededRandom(1))
  createLog(optionsOn(fs))
  const log = await openLog(optionsOn(fs))
  const signers = Array.from({ length: count }, (_, n) => parseSigningKey(newSigningKey(`w${n}.example/w`, Buffer.alloc(32, n + 1), true), { now: () => 1_764_000_000n }))
  const witnesses = signers.map((signer, n) => {
    const own = new FakeFs(seededRandom(n))
    own.write('/private/state', Buffer.from(NO_STATE))
    return new Witness({ signer, logs: [SIGNER.verifier], stateFile: '/private/state', fs: own })
  })
  const requests = signers.map(() => 0)
  const down = new Set<number>()
  const failures: SpillwayError[] = []
  let now = 0
  const network = (n: number): typeof fetch => async (_, init) => {
    requests[n]!++
    if (down.has(n)) throw Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) })
    const body = Buffer.from(init!.body as Uint8Array)
    const { status, type, body: text } = witnesses[n]!.addCheckpoint(body)
    return answer?.(n, body) ?? new Response(text, { status, headers: { 'content-type': type } })
  }
  const policy = parsePolicy(formatPolicy(SIGNER.verifier, signers.map(({ verifier }) => ({ verifier, url: null })), quorum), 'policy')
  const cosigning = new Cosigning({
    clients: signers.map(({ verifier }, n) => new WitnessClient({ verifier, url: `http://w${n}.example/` }, { fetch: network(n), timeoutMs: 1000 })),
    source: { read: (path) => Promise.resolve(fs.read(`/log/${path}`)) },
    satisfied: policy.satisfied,
    now: () => now,
    onCosigned: (checkpoint, lines, enough) => publishCosigned(fs, '/log', { checkpoint, lines, enough }),
    onFailure: (error) => failures.push(error),
  })
  const open = (path: string) => openCheckpoint(fs.read(`/log/${path}`)!, SIGNER.verifier, signers.map(({ verifier }) => verifier))
  return {
    fs, log, cosigning, signers, requests, down, failures,
    step: async (ms, entries) => {
      now += ms
      if (entries > 0) log.commit(Array.from({ length: entries }, (_, n) => Buffer.from(`entry ${log.size + n}`)))
      cosigning.offer(fs.read('/log/checkpoint')!)
      await cosigning.idle()
    },
    published: () => ({ size: Number(open('checkpoint').size), by: open('checkpoint').cosigned.map(({ name }) => name), witnessed: fs.read(`/log/${WITNESSED}`) === null ? null : Number(open(WITNESSED).size) }),
  }
}

describe('having checkpoints signed', () => {
  it('every witness signs each, one request a checkpoint', async () => {
    const { step, published, requests, failures } = await world(2, 2)
    for (const size of [3, 300, 700]) {
      await step(1000, size - published().size)
      expect(published()).toEqual({ size, by: ['w0.example/w', 'w1.example/w'], witnessed: size })
    }
    await step(1000, 0)
    expect(requests).toEqual([3, 3])
    expect(failures).toEqual([])
  })

  it('a witness down for a day, then back: caught up with one proof; meanwhile it is asked once a minute, and said once', async () => {
    const { step, published, down, requests, failures } = await world(3, 2)
    await step(1000, 10)
    down.add(1)
    const before = requests[1]!
    for (let minute = 0; minute < 1440; minute++) await step(DAY_MS / 1440, 1)
    expect(published()).toEqual({ size: 1450, by: ['w0.example/w', 'w2.example/w'], witnessed: 1450 })
    expect(failures).toMatchObject([{ code: 'AUDIT_WITNESS_FAILED', message: 'the witness w1.example/w cannot be reached (ECONNREFUSED)' }])
    expect(requests[1]! - before).toBeLessThanOrEqual(1440)
    down.clear()
    const then = requests[1]!
    await step(60_000, 1)
    expect(requests[1]! - then).toBe(1)
    expect(published()).toEqual({ size: 1451, by: ['w0.example/w', 'w1.example/w', 'w2.example/w'], witnessed: 1451 })
  })

  it('back before the log has grown: its signature joins the others', async () => {
    const { step, published, down } = await world(2, 2)
    down.add(1)
    await step(0, 5)
    expect(published()).toEqual({ size: 5, by: ['w0.example/w'], witnessed: null })
    down.clear()
    await step(999, 0)
    expect(published().by).toEqual(['w0.example/w'])
    await step(1, 0)
    expect(published()).toEqual({ size: 5, by: ['w0.example/w', 'w1.example/w'], witnessed: 5 })
  })

  it('what enough have signed stays beside the newest, which they have not', async () => {
    const { step, published, down } = await world(2, 2)
    await step(0, 5)
    down.add(0)
    await step(1000, 5)
    expect(published()).toEqual({ size: 10, by: ['w1.example/w'], witnessed: 5 })
  })

  it('an answer that was lost on its way: the witness says where it stands', async () => {
    let lose = true
    const { step, published, requests } = await world(1, 1, () => (lose ? new Response('', { status: 502 }) : null))
    await step(0, 5)
    lose = false
    await step(1000, 4)
    expect(published()).toEqual({ size: 9, by: ['w0.example/w'], witnessed: 9 })
    expect(requests).toEqual([3])
  })

  it('the log goes on while a round is under way; a signature of before is not put under what came after', async () => {
    const { fs, log, cosigning, published } = await world(1, 1)
    log.commit([Buffer.from('a')])
    cosigning.offer(fs.read('/log/checkpoint')!)
    log.commit([Buffer.from('b')])
    cosigning.offer(fs.read('/log/checkpoint')!)
    await cosigning.idle()
    expect(published()).toEqual({ size: 2, by: [], witnessed: 1 })
  })

  it('an old copy of the log in its place: the witness has signed more', async () => {
    const first = await world(1, 1)
    await first.step(0, 3)
    const old = first.fs.copy('/')
    await first.step(1000, 7)
    first.log.close()
    first.fs.putBack('/log', new Map([...old].filter(([path]) => path.startsWith('/log'))))
    first.fs.putBack('/private', new Map([...old].filter(([path]) => path.startsWith('/private'))))
    const again = await openLog(optionsOn(first.fs))
    again.commit([Buffer.from('another history')])
    first.cosigning.offer(first.fs.read('/log/checkpoint')!)
    await first.cosigning.idle()
    expect(first.failures).toMatchObject([{ code: 'AUDIT_ROLLED_BACK', message: 'the witness w0.example/w has signed for 10 entries, the log holds 4' }])
    again.commit(Array.from({ length: 20 }, (_, n) => Buffer.from(`more ${n}`)))
    await first.step(60_000, 0)
    expect(first.failures).toMatchObject([{}, { code: 'AUDIT_FORKED', message: 'the witness w0.example/w does not find that the log goes on from what it signed' }])
    expect(first.published()).toEqual({ size: 24, by: [], witnessed: 3 })
  })

  it.each([
    ['a signature of another', 200, '\u2014 other.example/w AAAAAAA=\n', 'AUDIT_WITNESS_FAILED'],
    ['nothing', 200, '', 'AUDIT_WITNESS_FAILED'],
    ['its name over something else', 200, `\u2014 w0.example/w ${Buffer.alloc(76, 1).toString('base64')}\n`, 'AUDIT_WITNESS_FAILED'],
    ['more than an answer can be', 200, 'x'.repeat(30_000), 'AUDIT_WITNESS_FAILED'],
    ['that it does not know the log', 404, '', 'AUDIT_WITNESS_FAILED'],
    ['another history', 422, '', 'AUDIT_FORKED'],
    ['a size that is none', 409, 'many\n', 'AUDIT_WITNESS_FAILED'],
    ['a size that it has not', 409, '99\n', 'AUDIT_ROLLED_BACK'],
  ])('a witness that answers with %s: nothing is published', async (_, status, text, code) => {
    const { step, published, failures } = await world(1, 1, () => new Response(text, { status, headers: { 'content-type': 'text/x.tlog.size' } }))
    await step(0, 5)
    expect(failures).toMatchObject([{ code }])
    expect(published()).toEqual({ size: 5, by: [], witnessed: null })
  })
})
