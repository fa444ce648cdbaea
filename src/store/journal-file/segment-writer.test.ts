import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../core/random.ts'
import { encodeFrames } from './frame.ts'
import { recover } from './recover.ts'
import { SegmentWriter } from './segment-writer.ts'
import { FakeDisk } from './testing.ts'

function open(disk: FakeDisk, segmentBytes = 200): SegmentWriter {
  return new SegmentWriter(disk, 'j', segmentBytes, recover(disk, 'j'))
}

function add(writer: SegmentWriter, from: number, count: number): void {
  writer.add(encodeFrames(Array.from({ length: count }, (_, index) => `{"n":${from + index}}`)), count)
}

const numbers = (disk: FakeDisk): number[] => disk.records().map((record) => (record as { n: number }).n)
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

const STEP = fc.oneof(
  fc.record({ type: fc.constant('add' as const), count: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ type: fc.constant('write' as const) }),
  fc.record({ type: fc.constant('sync' as const) }),
  fc.record({ type: fc.constant('faults' as const), share: fc.constantFrom(0, 0, 0.2, 0.7), code: fc.constantFrom('ENOSPC', 'EIO') }),
  fc.record({ type: fc.constant('power cut' as const) }),
)

type Step = typeof STEP extends fc.Arbitrary<infer T> ? T : never

/** Failures of the disk are the point; anything else is a defect. */
function attempt(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!['ENOSPC', 'EIO'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

/** Plays the steps on a disk that fails at random, with a power cut at the end; says what is wrong, or that all is fine. */
function play(steps: readonly Step[], seed: number): string {
  const random = seededRandom(seed)
  const disk = new FakeDisk(random)
  let writer = open(disk, 60)
  let added = 0
  let durableBefore = 0
  for (const one of [...steps, { type: 'power cut' as const }]) {
    if (one.type === 'add') {
      add(writer, added, one.count)
      added += one.count
    } else if (one.type === 'write') attempt(() => writer.write())
    else if (one.type === 'sync') attempt(() => writer.sync())
    else if (one.type === 'faults') disk.fault = () => (random() < one.share ? one.code : null)
    else {
      const durable = durableBefore + writer.durableRecords
      disk.fault = () => null
      disk.powerCut()
      writer = open(disk, 60)
      const found = numbers(disk)
      if (found.length < durable) return `${durable} were durable, ${found.length} are there`
      if (found.some((n, index) => n !== index)) return `found ${found.join(', ')}`
      // What the cut took was never reported: the next records follow on what is there.
      added = durableBefore = found.length
    }
  }
  return 'fine'
}

describe('SegmentWriter', () => {
  it('begins a new file where one is full, named by its position', () => {
    const disk = new FakeDisk(seededRandom(1))
    const writer = open(disk, 50)
    for (let n = 0; n < 10; n++) {
      add(writer, n, 1)
      writer.write()
    }
    writer.sync()
    expect(disk.list()).toEqual(['00000000000000000000.journal', '00000000000000000061.journal', '00000000000000000122.journal', '00000000000000000183.journal'])
    expect(numbers(disk)).toEqual(upTo(10))
    expect(writer.durableRecords).toBe(10)
  })

  it('a full disk (ENOSPC in mid-write): nothing half-written stays, and it goes on when there is space', () => {
    const disk = new FakeDisk(seededRandom(2))
    const writer = open(disk)
    add(writer, 0, 3)
    writer.write()
    writer.sync()
    disk.fault = (operation) => (operation === 'write' ? 'ENOSPC' : null)
    add(writer, 3, 3)
    expect(() => writer.write()).toThrowError('ENOSPC')
    expect(numbers(disk)).toEqual(upTo(3))
    disk.fault = () => null
    writer.write()
    writer.sync()
    expect(numbers(disk)).toEqual(upTo(6))
  })

  it('a failed sync (EIO): what was not synced is written anew, not believed at the next sync', () => {
    const disk = new FakeDisk(seededRandom(3))
    const writer = open(disk)
    add(writer, 0, 3)
    writer.write()
    writer.sync()
    add(writer, 3, 2)
    writer.write()
    disk.fault = (operation) => (operation === 'sync' ? 'EIO' : null)
    expect(() => writer.sync()).toThrowError('EIO')
    expect(writer.durableRecords).toBe(3)
    disk.fault = () => null
    writer.write()
    writer.sync()
    expect(writer.durableRecords).toBe(5)
    disk.powerCut()
    recover(disk, 'j')
    expect(numbers(disk)).toEqual(upTo(5))
  })

  it('a write that fails and cannot be taken back: the segment is left, nothing is read twice', () => {
    const disk = new FakeDisk(seededRandom(4))
    const writer = open(disk)
    add(writer, 0, 2)
    writer.write()
    writer.sync()
    add(writer, 2, 2)
    writer.write()
    disk.fault = (operation) => (operation === 'write' || operation === 'truncate' ? 'EIO' : null)
    add(writer, 4, 2)
    expect(() => writer.write()).toThrowError('EIO')
    disk.fault = () => null
    writer.write()
    writer.sync()
    expect(numbers(disk)).toEqual(upTo(6))
  })

  it('property: under any faults, then a power cut, what was reported durable is there, in order, once, and nothing is invented', () => {
    fc.assert(fc.property(fc.array(STEP, { maxLength: 60 }), fc.nat(), (steps, seed) => void expect(play(steps, seed)).toBe('fine')), { numRuns: 500 })
  })
})
