import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Timeline } from './timeline.ts'

describe('a timeline', () => {
  it('runs everything at its own time, in the order of time and then of planning', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }), (times) => {
        const timeline = new Timeline()
        const ran: [number, number][] = []
        for (const [index, time] of times.entries()) timeline.at(time, () => ran.push([timeline.now, index]))
        timeline.runUntil(Number.POSITIVE_INFINITY)
        expect(ran).toEqual(times.map((time, index): [number, number] => [time, index]).toSorted((a, b) => a[0] - b[0] || a[1] - b[1]))
      }),
    )
  })

  it('stops where it is told to, and stands there', () => {
    const timeline = new Timeline()
    const ran: number[] = []
    for (const time of [1, 2, 3]) timeline.at(time, () => ran.push(time))
    timeline.runUntil(2)
    expect(ran).toEqual([1, 2])
    timeline.runUntil(2.5)
    expect([timeline.now, timeline.nextTime()]).toEqual([2.5, 3])
  })

  it('runs what is planned for now, or for the past, at the present time', () => {
    const timeline = new Timeline()
    const ran: number[] = []
    timeline.at(5, () => {
      timeline.at(1, () => ran.push(timeline.now))
      timeline.at(5, () => ran.push(timeline.now))
    })
    timeline.runUntil(5)
    expect(ran).toEqual([5, 5])
  })

  it('forgets what was canceled', () => {
    const timeline = new Timeline()
    const ran: string[] = []
    const first = timeline.at(1, () => ran.push('first'))
    timeline.at(2, () => ran.push('second'))
    timeline.cancel(first)
    expect(timeline.nextTime()).toBe(2)
    timeline.runUntil(Number.POSITIVE_INFINITY)
    expect(ran).toEqual(['second'])
    expect(timeline.nextTime()).toBe(Number.POSITIVE_INFINITY)
  })
})
