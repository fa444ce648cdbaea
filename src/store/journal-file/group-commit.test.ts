import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { seededRandom } from '../../core/random.ts'
import { encodeFrames } from './frame.ts'
import { GroupCommit, type CommitSettings } from './group-commit.ts'
import { FakeDisk } from './testing.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function start(disk: FakeDisk, settings: Partial<CommitSettings> = {}): { commit: GroupCommit; durable: number[]; failures: (string | null)[] } {
  const durable: number[] = []
  const failures: (string | null)[] = []
  const commit = new GroupCommit(
    disk,
    { folder: 'j', segmentBytes: 1e6, syncMs: 50, syncBytes: 1000, openedAt: 900, unclean: false, ...settings },
    { durable: (records) => durable.push(records), disk: (failure) => failures.push(failure) },
  )
  return { commit, durable, failures }
}

describe('GroupCommit', () => {
  it('writes at once and syncs once for all that came within 50 ms', () => {
    const disk = new FakeDisk(seededRandom(1))
    const { commit, durable } = start(disk)
    let syncs = 0
    disk.fault = (operation) => {
      if (operation === 'sync') syncs++
      return null
    }
    commit.add(encodeFrames(['{"n":1}']))
    vi.advanceTimersByTime(49)
    commit.add(encodeFrames(['{"n":2}', '{"n":3}']))
    expect([disk.records().length, syncs]).toEqual([3, 0])
    vi.advanceTimersByTime(1)
    expect([syncs, durable]).toEqual([1, [3]])
    vi.advanceTimersByTime(1000)
    expect(syncs).toBe(1)
    commit.close()
  })

  it('does not wait where much has come', () => {
    const { commit, durable } = start(new FakeDisk(seededRandom(1)), { syncBytes: 100 })
    commit.add(encodeFrames([`{"text":"${'x'.repeat(100)}"}`]))
    expect(durable).toEqual([1])
    commit.close()
  })

  it('a full disk: says so once, keeps everything, tries again at growing intervals, goes on when there is space', () => {
    const disk = new FakeDisk(seededRandom(1))
    const { commit, durable, failures } = start(disk)
    let attempts = 0
    disk.fault = (operation) => {
      if (operation !== 'write') return null
      attempts++
      return 'ENOSPC'
    }
    for (let n = 0; n < 100; n++) commit.add(encodeFrames([`{"n":${n}}`]))
    expect(failures).toEqual(['the disk is full (ENOSPC)'])
    vi.advanceTimersByTime(60_000)
    expect(failures).toHaveLength(1)
    expect(attempts).toBeLessThan(25)
    expect(commit.commit()).toBe('the disk is full (ENOSPC)')
    disk.fault = () => null
    vi.advanceTimersByTime(5000)
    expect(failures.at(-1)).toBe(null)
    expect(durable).toEqual([100])
    expect(disk.records()).toHaveLength(100)
    commit.close()
  })

  it('after a crash a gap record says that something may be missing, since when and until when', () => {
    const disk = new FakeDisk(seededRandom(1))
    start(disk).commit.add(encodeFrames(['{"n":1}']))
    const { commit, durable } = start(disk, { unclean: true })
    commit.add(encodeFrames(['{"n":2}']))
    commit.close()
    expect(disk.records()).toEqual([{ n: 1 }, { kind: 'gap', schemaVersion: 1, reason: 'crash', lost: null, from: 500, until: 900 }, { n: 2 }])
    expect(durable).toEqual([1])
  })
})
