import { describe, expect, it } from 'vitest'
import { RealTime } from './real-time.ts'
import { Timeline } from './timeline.ts'

/** A clock and a timer that stand still until the test moves them. */
function setup(speed: number) {
  const timeline = new Timeline()
  const clock = { ms: 1_000_000, now: () => clock.ms }
  let timer: { readonly run: () => void; readonly ms: number } | null = null
  const time = new RealTime(timeline, clock, speed, (run, ms) => {
    timer = { run, ms }
    return () => {
      timer = null
    }
  })
  return {
    timeline,
    clock,
    time,
    /** What the timer is set for, ms from when it was set; null = it is not. */
    wait: () => timer?.ms ?? null,
    fire: () => {
      const { run } = timer!
      timer = null
      run()
    },
  }
}

describe('real time', () => {
  it('waits as long as the speed says, and no longer', () => {
    const { timeline, time, clock, wait, fire } = setup(10)
    const ran: number[] = []
    time.enter(() => timeline.at(5, () => ran.push(timeline.now)))
    expect(wait()).toBe(500)
    clock.ms += 500
    fire()
    expect(ran).toEqual([5])
    expect(wait()).toBeNull()
  })

  it('catches up after a late timer without adding the delay to what follows', () => {
    const { timeline, time, clock, fire, wait } = setup(1)
    const ran: number[] = []
    const tick = (at: number): void => {
      ran.push(timeline.now)
      if (at < 5) timeline.at(at + 1, () => tick(at + 1))
    }
    time.enter(() => timeline.at(1, () => tick(1)))
    clock.ms += 3400
    fire()
    expect(ran).toEqual([1, 2, 3])
    expect(wait()).toBe(600)
  })

  it('sets an earlier timer when something sooner is planned, and keeps it when something later is', () => {
    const { timeline, time, wait } = setup(1)
    time.enter(() => timeline.at(5, () => {}))
    time.enter(() => timeline.at(9, () => {}))
    expect(wait()).toBe(5000)
    time.enter(() => timeline.at(2, () => {}))
    expect(wait()).toBe(2000)
  })

  it('goes on from the same moment when the speed changes', () => {
    const { timeline, time, clock, wait } = setup(1)
    time.enter(() => timeline.at(10, () => {}))
    clock.ms += 4000
    time.speed = 3
    expect(timeline.now).toBe(4)
    expect(wait()).toBe(2000)
  })

  it('stands still when the clock jumps back, and goes on when it has caught up', () => {
    const { timeline, time, clock } = setup(1)
    clock.ms += 5000
    time.enter(() => {})
    clock.ms -= 60_000
    time.enter(() => {})
    expect(timeline.now).toBe(5)
    clock.ms += 61_000
    time.enter(() => {})
    expect(timeline.now).toBe(6)
  })

  it('sets no timer after it was closed', () => {
    const { timeline, time, wait } = setup(1)
    time.enter(() => timeline.at(5, () => {}))
    time.close()
    time.enter(() => timeline.at(1, () => {}))
    expect(wait()).toBeNull()
  })
})
