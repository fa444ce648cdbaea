import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../core/random.ts'
import { Conversations, type Turn } from './conversations.ts'

const turns = (count: number, seed = 1): Turn[] => {
  const conversations = new Conversations(seededRandom(seed))
  return Array.from({ length: count }, () => conversations.next())
}

describe('the conversations of the demo', () => {
  it('are the same for the same seed', () => {
    expect(turns(200)).toEqual(turns(200))
    expect(turns(200)).not.toEqual(turns(200, 2))
  })

  it('are of one user, feature and trace each', () => {
    const seen = Map.groupBy(turns(5000), ({ conversation }) => conversation)
    expect(seen.size).toBeGreaterThan(500)
    for (const own of seen.values()) {
      expect(new Set(own.map(({ user, headers }) => `${user} ${headers['x-spillway-feature']} ${headers['traceparent']!.slice(0, 35)}`)).size).toBe(1)
      expect(new Set(own.map(({ headers }) => headers['traceparent'])).size).toBe(own.length)
      expect(own.every(({ headers }) => /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/u.test(headers['traceparent']!))).toBe(true)
    }
  })

  it('are judged once at most, at their end', () => {
    const seen = Map.groupBy(turns(5000), ({ conversation }) => conversation)
    for (const own of seen.values()) expect(own.slice(0, -1).every(({ score }) => score === null)).toBe(true)
    const scores = [...seen.values()].flatMap((own) => own.at(-1)!.score ?? [])
    expect(scores.length).toBeGreaterThan(300)
    expect(new Set(scores.map(({ resolved }) => resolved))).toEqual(new Set([true, false]))
  })

  it('have some that get stuck: they repeat their first turn and succeed at nothing', () => {
    const seen = [...Map.groupBy(turns(5000), ({ conversation }) => conversation).values()].filter((own) => own.some(({ repeats }) => repeats !== null))
    expect(seen.length).toBeGreaterThan(5)
    for (const own of seen) {
      expect(own[0]!.repeats).toBeNull()
      expect(own.slice(1).every(({ repeats, conversation }) => repeats === conversation)).toBe(true)
      expect(own.at(-1)!.score?.resolved ?? false).toBe(false)
    }
  })
})
