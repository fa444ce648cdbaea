import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { segmentsToRemove, type Removal, type SealedSegment } from './retention.ts'

/** Segments of 100 bytes, one written at each of 1000, 2000, ... */
function segments(count: number): SealedSegment[] {
  return Array.from({ length: count }, (_, index) => ({ file: String(index), base: index * 100, end: (index + 1) * 100, bytes: 100, writtenAt: (index + 1) * 1000 }))
}

const NOBODY = new Map<string, number>()
const names = (removals: readonly Removal[]): string[] => removals.map(({ segment, unreadBy }) => [segment.file, ...unreadBy].join(' '))

describe('segmentsToRemove', () => {
  it.each([
    ['nothing is old', { keepMs: 5000, maxBytes: 1e9 }, 5000, {}, []],
    ['two are old', { keepMs: 3000, maxBytes: 1e9 }, 5001, {}, ['0', '1']],
    ['age does not matter', { keepMs: null, maxBytes: 1e9 }, 1e12, {}, []],
    ['two are old, and everybody has read the first', { keepMs: 3000, maxBytes: 1e9 }, 5001, { audit: 100, telemetry: 199 }, ['0']],
    ['all are old, and nobody has read', { keepMs: 1, maxBytes: 1e9 }, 1e9, { audit: 0 }, []],
    ['just small enough', { keepMs: null, maxBytes: 550 }, 0, {}, []],
    ['too large by a byte', { keepMs: null, maxBytes: 549 }, 0, {}, ['0']],
    ['far too large: the newest stays', { keepMs: null, maxBytes: 0 }, 0, {}, ['0', '1', '2', '3', '4']],
    ['too large, and not read: it goes all the same, and says who misses it', { keepMs: null, maxBytes: 350 }, 0, { audit: 150, telemetry: 100 }, ['0', '1 audit telemetry']],
    ['too large, then old: what was not read is held by age alone', { keepMs: 1, maxBytes: 449 }, 1e9, { audit: 0 }, ['0 audit', '1 audit']],
  ])('%s', (_, limits, now, needs, removed) => {
    expect(names(segmentsToRemove(segments(5), 50, limits, now, new Map(Object.entries(needs))))).toEqual(removed)
  })

  it('property: what goes is a run from the oldest on, the limit holds, and nothing unread goes for its age', () => {
    const limits = fc.record({ keepMs: fc.option(fc.nat(20_000)), maxBytes: fc.nat(1500) })
    fc.assert(
      fc.property(fc.nat(12), limits, fc.nat(20_000), fc.array(fc.nat(1500), { maxLength: 3 }), (count, of, now, positions) => {
        const all = segments(count)
        const removals = segmentsToRemove(all, 50, of, now, new Map(positions.map((position, index) => [String(index), position])))
        expect(removals.map(({ segment }) => segment)).toEqual(all.slice(0, removals.length))
        const sizeBefore = (index: number): number => 50 + 100 * (count - index)
        expect(removals.map(({ unreadBy }) => unreadBy.length)).toEqual(removals.map(({ segment }) => positions.filter((position) => position < segment.end).length))
        expect(removals.filter(({ unreadBy }, index) => unreadBy.length > 0 && sizeBefore(index) <= of.maxBytes)).toEqual([])
        expect(removals.length === count || sizeBefore(removals.length) <= of.maxBytes).toBe(true)
      }),
    )
  })

  it('takes an empty journal as it is', () => {
    expect(segmentsToRemove([], 50, { keepMs: 1, maxBytes: 1 }, 1e9, NOBODY)).toEqual([])
  })
})
