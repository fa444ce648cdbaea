import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AlertBook, MOST_OPEN, type Notice, type Silence } from './alert-book.ts'
import type { ConditionKind } from './condition.ts'
import { aCondition } from './testing.ts'

const MINUTE = 60_000
const RULES = { remindMs: 240 * MINUTE, clearMs: 5 * MINUTE }
const types = (notices: readonly Notice[]): string[] => notices.map(({ type }) => type)
const silence = (parts: Partial<Silence> = {}): Silence => ({ id: 's', prefix: '', kind: null, until: Number.POSITIVE_INFINITY, reason: '', ...parts })

describe('an alert', () => {
  it('is told once when it opens, again while it stays, and when it is over', () => {
    const book = new AlertBook(RULES)
    const told = Array.from({ length: 600 }, (_, minute) => types(book.update(minute < 500 ? [aCondition()] : [], minute * MINUTE)).map((type) => `${type} ${minute}`)).flat()
    expect(told).toEqual(['opened 0', 'reminder 240', 'reminder 480', 'resolved 504'])
  })

  it('that flaps within the time that makes it over is one alert', () => {
    const book = new AlertBook(RULES)
    const told = Array.from({ length: 60 }, (_, minute) => types(book.update(minute % 4 === 0 ? [aCondition()] : [], minute * MINUTE))).flat()
    expect(told).toEqual(['opened'])
  })

  it('must last as long as its condition says; what is gone before was never told', () => {
    const book = new AlertBook(RULES)
    const slow = aCondition({ holdMs: MINUTE })
    expect(types(book.update([slow], 0))).toEqual([])
    expect(types(book.update([], 30_000))).toEqual([])
    expect(types(book.update([slow], 40_000))).toEqual([])
    expect(types(book.update([slow], 99_000))).toEqual([])
    expect(types(book.update([slow], 100_000))).toEqual(['opened'])
  })

  it('that gets critical is told at once, and one that gets better is not', () => {
    const book = new AlertBook(RULES)
    const severities = ['warning', 'critical', 'critical', 'warning', 'critical'] as const
    expect(severities.flatMap((severity, minute) => types(book.update([aCondition({ severity })], minute * MINUTE)))).toEqual(['opened', 'worse'])
  })

  it('is told once where reminders are off', () => {
    const book = new AlertBook({ ...RULES, remindMs: null })
    expect(Array.from({ length: 1000 }, (_, hour) => types(book.update([aCondition()], hour * 60 * MINUTE))).flat()).toEqual(['opened'])
  })

  it('goes on over a restart as if there had been none', () => {
    const first = new AlertBook(RULES)
    first.update([aCondition({ nanoUsd: 12_345_678_901_234_567_890n })], 0)
    const second = new AlertBook(RULES, JSON.parse(JSON.stringify(first.open())) as ReturnType<AlertBook['open']>)
    expect(second.open()).toEqual(first.open())
    expect(second.open()[0]!.condition.nanoUsd).toBe('12345678901234567890')
    expect(types(second.update([aCondition()], MINUTE))).toEqual([])
    expect(types(second.update([], 10 * MINUTE))).toEqual(['resolved'])
  })

  it('of a kind that could not be looked at neither ages nor ends', () => {
    const book = new AlertBook(RULES)
    book.update([aCondition()], 0)
    const others = new Set<ConditionKind>(['budget-burn'])
    expect(types(book.update([], 60 * MINUTE, [], others))).toEqual([])
    expect(book.open()).toHaveLength(1)
    expect(types(book.update([], 61 * MINUTE))).toEqual(['resolved'])
  })

  it('is one where the same condition comes twice in a round', () => {
    expect(types(new AlertBook(RULES).update([aCondition(), aCondition({ text: 'again' })], 0))).toEqual(['opened'])
  })

  it('is one of a bounded number, and those that are open end as ever', () => {
    const book = new AlertBook(RULES)
    const many = Array.from({ length: MOST_OPEN + 500 }, (_, n) => aCondition({ id: `leak:t:${n}`, kind: 'leak' }))
    expect(book.update(many, 0)).toHaveLength(MOST_OPEN)
    expect(book.update(many, MINUTE)).toEqual([])
    expect(types(book.update([], 10 * MINUTE))).toEqual(Array.from({ length: MOST_OPEN }, () => 'resolved'))
    expect(book.open()).toEqual([])
  })
})

describe('a silence', () => {
  it.each<[string, Partial<Silence>, boolean]>([
    ['of everything', {}, true],
    ['of its kind', { kind: 'pool-unhealthy' }, true],
    ['of another kind', { kind: 'leak' }, false],
    ['of ids that begin so', { prefix: 'pool-unhealthy:fl' }, true],
    ['of other ids', { prefix: 'pool-unhealthy:spill' }, false],
    ['that is over', { until: 0 }, false],
  ])('%s', (_, parts, silent) => {
    expect(types(new AlertBook(RULES).update([aCondition()], 0, [silence(parts)]))).toEqual(silent ? [] : ['opened'])
  })

  it('hides nothing: what is still wrong when it ends is told then', () => {
    const book = new AlertBook(RULES)
    const until = 60 * MINUTE
    expect(types(book.update([aCondition()], 0, [silence({ until })]))).toEqual([])
    expect(book.open()).toHaveLength(1)
    expect(types(book.update([aCondition()], until, [silence({ until })]))).toEqual(['opened'])
  })

  it('keeps the end of an alert to itself, too', () => {
    const book = new AlertBook(RULES)
    book.update([aCondition()], 0)
    expect(types(book.update([], 10 * MINUTE, [silence()]))).toEqual([])
    expect(book.open()).toEqual([])
  })
})

it('whatever comes, each alert is opened before anything else of it, never twice, and over before it opens again', () => {
  const ids = ['a', 'b', 'c']
  const round = fc.record({ true: fc.subarray(ids), critical: fc.subarray(ids), minutes: fc.integer({ min: 0, max: 400 }), silent: fc.boolean() })
  fc.assert(
    fc.property(fc.array(round, { maxLength: 60 }), (rounds) => {
      const book = new AlertBook(RULES)
      const told = new Set<string>()
      let now = 0
      for (const { true: yes, critical, minutes, silent } of rounds) {
        now += minutes * MINUTE
        const conditions = yes.map((id) => aCondition({ id, severity: critical.includes(id) ? 'critical' : 'warning' }))
        for (const { type, alert } of book.update(conditions, now, silent ? [silence()] : [])) {
          const { id } = alert.condition
          expect(told.has(id)).toBe(type !== 'opened')
          if (type === 'opened') told.add(id)
          if (type === 'resolved') told.delete(id)
        }
        // Silence may have kept an end from being told.
        for (const id of told) if (!book.open().some(({ condition }) => condition.id === id)) told.delete(id)
        const gone = book.open().filter(({ condition }) => !yes.includes(condition.id))
        expect(gone.filter(({ condition }) => !told.has(condition.id))).toEqual([])
      }
    }),
  )
})
