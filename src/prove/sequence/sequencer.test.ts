import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../core/random.ts'
import { memoryJournal } from '../../store/journal-file/memory-journal.ts'
import { decodeLeaf } from '../leaf/leaf.ts'
import type { Leaf } from '../leaf/schema.ts'
import { callRecord, KEYS } from '../leaf/testing.ts'
import { createLog, openLog } from '../log/open-log.ts'
import { FakeFs, optionsOn, SIGNER } from '../log/testing.ts'
import { verifyLog } from '../verify/verify-log.ts'
import { runSequencer } from './run-sequencer.ts'
import { checkJournal, Sequencer } from './sequencer.ts'

const clock = { now: () => Date.parse('2026-11-25T09:00:00Z') }
const shared = { keys: KEYS, build: '0.1.0', clock }

async function leavesIn(fs: FakeFs): Promise<Leaf[]> {
  const leaves: Leaf[] = []
  const { problems } = await verifyLog({ source: { read: (path) => Promise.resolve(fs.read(`/log/${path}`)) }, log: SIGNER.verifier, onEntry: (entry) => leaves.push(decodeLeaf(entry)) })
  expect(problems).toEqual([])
  return leaves
}

function world(): { readonly fs: FakeFs; readonly journal: ReturnType<typeof memoryJournal> } {
  const fs = new FakeFs(seededRandom(1))
  createLog(optionsOn(fs))
  return { fs, journal: memoryJournal() }
}

const names = (leaves: readonly Leaf[]): string[] => leaves.map((leaf) => (leaf.leaf === 'call' ? leaf.id : leaf.leaf))

const intent = (id: string, configVersion: string): object => ({ kind: 'intent', schemaVersion: 1, id, tenant: 'acme', keyId: 'key_1', api: 'chat', modelAsked: 'm', arrivedAt: clock.now(), configVersion })

describe('from the journal to leaves', () => {
  it('one leaf a call, in order, each configuration before its first use; gaps, kills and acts; nothing for the rest', async () => {
    const { fs, journal } = world()
    for (const record of [
      callRecord({ id: 'a', configVersion: 'v1' }),
      callRecord({ id: 'b', configVersion: 'v1' }),
      { kind: 'prewarm', schemaVersion: 1 },
      { kind: 'gap', schemaVersion: 1, reason: 'crash', lost: null, from: null, until: clock.now() },
      callRecord({ id: 'c', configVersion: 'v2' }),
      { kind: 'admission', schemaVersion: 1, type: 'loop-warned', at: clock.now() },
      { kind: 'admission', schemaVersion: 1, type: 'loop-killed', at: clock.now(), tenant: 'acme', keyId: 'key_1', session: null, model: 'm', fingerprint: 'f', repeats: 3, windowMs: 1, spent: '7', spendPerMinute: '1' },
      { kind: 'act', schemaVersion: 1, leaf: { leaf: 'key-created', v: 1, at: '2026-11-25T09:00:00.000Z', actor: 'admin', tenant: 'acme', key: 'key_2' } },
    ]) {
      journal.append(record)
    }
    const sequencer = new Sequencer({ ...shared, log: await openLog(optionsOn(fs)), journal })
    expect(await sequencer.step()).toBe(false)
    const leaves = await leavesIn(fs)
    expect(names(leaves)).toEqual(['config', 'a', 'b', 'gap', 'config', 'c', 'kill', 'key-created'])
    expect(leaves.flatMap((leaf) => (leaf.leaf === 'config' ? leaf.version : []))).toEqual(['v1', 'v2'])
    expect(leaves.flatMap((leaf) => (leaf.leaf === 'call' ? leaf.seq : []))).toEqual([0, 1, 4])
  })

  it('in strict mode a leaf before and one after, with the configuration before the first of them; a crash leaves the first alone', async () => {
    const { fs, journal } = world()
    for (const record of [intent('a', 'v1'), callRecord({ id: 'a', configVersion: 'v1' }), intent('b', 'v2')]) journal.append(record)
    await new Sequencer({ ...shared, log: await openLog(optionsOn(fs)), journal }).step()
    const leaves = await leavesIn(fs)
    expect(names(leaves)).toEqual(['config', 'intent', 'a', 'config', 'intent'])
    expect(leaves[1]).toEqual({ leaf: 'intent', v: 1, at: '2026-11-25T09:00:00.000Z', actor: null, tenant: 'acme', key: 'key_1', call: 'a', api: 'chat', model: 'm', config: 'v1' })
  })

  it('an act that was brought twice is one leaf, over a restart too', async () => {
    const { fs, journal } = world()
    const take = async (...ids: string[]): Promise<string[]> => {
      for (const id of ids) journal.append({ kind: 'act', schemaVersion: 1, id, leaf: { leaf: 'key-rotated', v: 1, at: '2026-11-25T09:00:00.000Z', actor: 'admin', tenant: 'acme', key: id } })
      const log = await openLog(optionsOn(fs))
      await new Sequencer({ ...shared, log, journal }).step()
      log.close()
      return (await leavesIn(fs)).flatMap((leaf) => (leaf.leaf === 'key-rotated' ? leaf.key : []))
    }
    expect(await take('a', 'b', 'a', 'b', 'c')).toEqual(['a', 'b', 'c'])
    expect(await take('b', 'c', 'd')).toEqual(['a', 'b', 'c', 'd'])
  })

  it('a record that is not as it should be becomes a gap: nothing is left out in silence', async () => {
    const { fs, journal } = world()
    for (const record of [{ kind: 'call' }, callRecord({ id: 'a', requestBytes: -1 }), callRecord({ id: 'b', arrivedAt: Number.NaN }), { kind: 'act', leaf: { leaf: 'erasure' } }, callRecord({ id: 'c' })]) journal.append(record)
    await new Sequencer({ ...shared, log: await openLog(optionsOn(fs)), journal }).step()
    expect(names(await leavesIn(fs))).toEqual(['gap', 'gap', 'gap', 'gap', 'config', 'c'])
  })

  it('a clock set back one hour: leaves keep the order of the journal, and the times that calls had', async () => {
    const { fs, journal } = world()
    const hour = 3_600_000
    for (const [n, at] of [0, 1000, 2000 - hour, 3000 - hour].entries()) journal.append(callRecord({ id: `call ${n}`, arrivedAt: clock.now() + at, totalMs: 0 }))
    await new Sequencer({ ...shared, log: await openLog(optionsOn(fs)), journal }).step()
    const calls = (await leavesIn(fs)).flatMap((leaf) => (leaf.leaf === 'call' ? [[leaf.seq, leaf.end]] : []))
    expect(calls).toEqual([[0, '2026-11-25T09:00:00.000Z'], [1, '2026-11-25T09:00:01.000Z'], [2, '2026-11-25T08:00:02.000Z'], [3, '2026-11-25T08:00:03.000Z']])
  })

  it('no news: no checkpoint', async () => {
    const { fs, journal } = world()
    const before = fs.read('/log/checkpoint')
    await new Sequencer({ ...shared, log: await openLog(optionsOn(fs)), journal }).step()
    expect(fs.read('/log/checkpoint')).toBe(before)
  })

  it('more than one commit takes: the rest in the next', async () => {
    const { fs, journal } = world()
    for (let n = 0; n < 16_400; n++) journal.append(callRecord({ id: `call ${n}` }))
    const sequencer = new Sequencer({ ...shared, log: await openLog(optionsOn(fs)), journal })
    expect(await sequencer.step()).toBe(true)
    expect(await sequencer.step()).toBe(false)
    expect(names(await leavesIn(fs)).slice(1)).toEqual(Array.from({ length: 16_400 }, (_, n) => `call ${n}`))
  })

  it('a journal that ends before the log has stood in it is refused', () => {
    expect(() => checkJournal(10, 9)).toThrowError(expect.objectContaining({ code: 'AUDIT_JOURNAL_BEHIND' }))
    expect(() => checkJournal(10, 10)).not.toThrow()
  })
})

describe('exactly once', () => {
  it('a crash at any operation of the disk: each call has one leaf, in order', async () => {
    const wanted = Array.from({ length: 12 }, (_, n) => `call ${n}`)
    for (let at = 1; at < 90; at++) {
      const { fs, journal } = world()
      const strike = fs.operations + at
      fs.fault = () => (fs.operations === strike ? 'crash' : null)
      for (const [n, id] of wanted.entries()) {
        journal.append(callRecord({ id }))
        // Every third call there is a step, with a new process after each crash.
        for (let tries = n % 3 === 2 ? 3 : 0; tries > 0; tries--) {
          try {
            await new Sequencer({ ...shared, log: await openLog(optionsOn(fs)), journal }).step()
            break
          } catch {
            fs.restart()
          }
        }
      }
      expect(names(await leavesIn(fs))).toEqual(['config', ...wanted])
    }
  })
})

describe('the running sequencer', () => {
  it('a commit a second while there is news, a leaf when it starts and one when it stops', async () => {
    const { fs, journal } = world()
    const stop = new AbortController()
    const waits: number[] = []
    const checkpoints: Set<string> = new Set()
    const commits: number[] = []
    await runSequencer({
      ...shared,
      journal,
      journalEnd: () => Infinity,
      open: () => openLog(optionsOn(fs)),
      signal: stop.signal,
      onCommit: (size) => commits.push(size),
      wait: (ms) => {
        waits.push(ms)
        checkpoints.add(fs.read('/log/checkpoint')!.toString())
        if (waits.length < 3) journal.append(callRecord({ id: `call ${waits.length}` }))
        if (waits.length === 5) stop.abort()
        return Promise.resolve()
      },
    })
    expect(waits).toEqual([1000, 1000, 1000, 1000, 1000])
    expect(checkpoints.size).toBe(3)
    expect(commits).toEqual([1, 3, 4, 4, 4, 4, 5])
    expect(names(await leavesIn(fs))).toEqual(['log-started', 'config', 'call 1', 'call 2', 'log-stopped'])
  })

  it('a full disk: says so, opens the log anew each second, and loses nothing when there is room again', async () => {
    const { fs, journal } = world()
    const stop = new AbortController()
    const failures: string[] = []
    let waits = 0
    for (let n = 0; n < 5; n++) journal.append(callRecord({ id: `call ${n}` }))
    fs.fault = (operation) => (operation === 'write' ? 'ENOSPC' : null)
    await runSequencer({
      ...shared,
      journal,
      journalEnd: () => Infinity,
      open: () => openLog(optionsOn(fs)),
      signal: stop.signal,
      onFailure: (error) => failures.push(error.toLine()),
      wait: () => {
        waits++
        if (waits === 3) fs.fault = () => null
        if (waits === 5) stop.abort()
        return Promise.resolve()
      },
    })
    expect(failures).toHaveLength(3)
    expect(failures[0]).toMatch(/AUDIT_WRITE_FAILED.*ENOSPC/u)
    expect(names(await leavesIn(fs))).toEqual(['log-started', 'config', 'call 0', 'call 1', 'call 2', 'call 3', 'call 4', 'log-stopped'])
  })

  it('a log that cannot be trusted ends it', async () => {
    const { fs, journal } = world()
    fs.edit('/private/state', (state) => state.fill(0x41, 30, 31))
    await expect(runSequencer({ ...shared, journal, journalEnd: () => Infinity, open: () => openLog(optionsOn(fs)), signal: new AbortController().signal, wait: () => Promise.resolve() })).rejects.toMatchObject({ code: 'AUDIT_DAMAGED' })
  })
})
