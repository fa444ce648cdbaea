import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Observation } from '../../../core/observation.ts'
import { step } from '../testing.ts'
import { settleTrace } from './settle-trace.ts'
import { TraceMemory } from './trace-memory.ts'

const NO_USAGE = { usage: {}, usageSource: 'none' } as const
const billed = (trace: readonly Observation[]): (string | null)[] => trace.filter(({ billable }) => billable).map(({ spanId }) => spanId)

describe('leaves alone are billed', () => {
  it('an inference with another below it repeats that one', () => expect(billed(settleTrace([step('a', null), step('b', 'a'), step('c', 'b')]))).toEqual(['c']))
  it('through steps of other kinds', () => expect(billed(settleTrace([step('a', null), step('x', 'a', { kind: 'chain', billable: false }), step('b', 'x')]))).toEqual(['b']))
  it('one without usage below it takes nothing away', () => expect(billed(settleTrace([step('a', null), step('b', 'a', NO_USAGE)]))).toEqual(['a', 'b']))
  it('siblings are all billed', () => expect(billed(settleTrace([step('a', null, { kind: 'agent', billable: false }), step('b', 'a'), step('c', 'a')]))).toEqual(['b', 'c']))
  it('an agent is never billed, even alone', () => expect(billed(settleTrace([step('a', 'lost', { kind: 'agent' })]))).toEqual([]))
  it('circles end', () => expect(billed(settleTrace([step('a', 'b'), step('b', 'a')]))).toHaveLength(0))
  it('a span that is its own parent is a leaf', () => expect(billed(settleTrace([step('a', 'a')]))).toEqual(['a']))
})

describe('what an ancestor says', () => {
  it('goes to those that do not say it, from the nearest; what is said stays', () => {
    const [, , leaf] = settleTrace([
      step('a', null, { kind: 'agent', billable: false }, { user: 'far', session: 's', feature: 'f', tags: { tier: 'gold', team: 'a' } }),
      step('b', 'a', { kind: 'chain', billable: false }, { user: 'near', tags: { tier: 'silver' } }),
      step('c', 'b', {}, { feature: 'own' }),
    ])
    expect(leaf!.attribution).toMatchObject({ user: 'near', session: 's', feature: 'own', tags: { tier: 'silver', team: 'a' } })
  })

  it('a prompt brings its own version, and a version is never put to another prompt', () => {
    const top = step('a', null, { kind: 'chain', billable: false }, { prompt: 'p', promptVersion: '1' })
    expect(settleTrace([top, step('b', 'a')])[1]!.attribution).toMatchObject({ prompt: 'p', promptVersion: '1' })
    expect(settleTrace([top, step('b', 'a', {}, { prompt: 'q' })])[1]!.attribution).toMatchObject({ prompt: 'q', promptVersion: null })
  })

  it('never more than 16 tags', () => {
    const many = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`k${i}`, 'v']))
    expect(Object.keys(settleTrace([step('a', null, {}, { tags: many }), step('b', 'a', {}, { tags: { own: 'v' } })])[1]!.attribution.tags)).toHaveLength(16)
  })
})

it('a trace of 5,000 links in a row takes a moment', () => {
  const trace = Array.from({ length: 5000 }, (_, i) => step(`s${i}`, i === 0 ? null : `s${i - 1}`))
  expect(billed(settleTrace(trace))).toContain('s4999')
})

describe('a trace in parts', () => {
  it('tells children anew when their parent comes, and nothing twice', () => {
    const memory = new TraceMemory(100)
    expect(memory.add([step('b', 'a')]).map(({ spanId, attribution }) => [spanId, attribution.user])).toEqual([['b', null]])
    expect(memory.add([step('a', null, { kind: 'agent', billable: false }, { user: 'u' })]).map(({ spanId, attribution }) => [spanId, attribution.user])).toEqual([['b', 'u'], ['a', 'u']])
    expect(memory.add([step('x', 'elsewhere')]).map(({ spanId }) => spanId)).toEqual(['x'])
  })

  it('an inference that was billed is told anew as unbilled when its child comes later', () => {
    const memory = new TraceMemory(100)
    expect(billed(memory.add([step('a', null)]))).toEqual(['a'])
    expect(memory.add([step('b', 'a')]).map(({ spanId, billable }) => [spanId, billable])).toEqual([['a', false], ['b', true]])
  })

  it('forgets what was seen longest ago', () => {
    const memory = new TraceMemory(3)
    for (const traceId of ['t1', 't2', 't3', 't4', 't5']) memory.add([step('a', null, { id: `${traceId}:a` }, { traceId })])
    expect(memory.size).toBe(3)
  })

  it('keeps one trace within bounds', () => {
    const memory = new TraceMemory(10_000)
    memory.add(Array.from({ length: 5000 }, (_, i) => step(`s${i}`, null)))
    expect(memory.size).toBe(2000)
  })

  it('in whatever parts and order a trace comes, it ends as if it had come whole', () => {
    const shape = fc.array(fc.record({ parent: fc.nat(), kind: fc.constantFrom('inference', 'agent', 'embedding'), user: fc.option(fc.constantFrom('u', 'v')), usage: fc.boolean() }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(shape, fc.array(fc.nat(), { minLength: 8, maxLength: 8 }), fc.integer({ min: 1, max: 4 }), (steps, order, size) => {
        const trace = steps.map(({ parent, kind, user, usage }, i) => step(`s${i}`, i === 0 ? null : `s${parent % i}`, { kind: kind as 'inference', billable: kind !== 'agent', ...(usage ? {} : NO_USAGE) }, { user }))
        const shuffled = trace.map((one, i) => [order[i]!, one] as const).sort(([a], [b]) => a - b).map(([, one]) => one)
        const memory = new TraceMemory(100)
        const last = new Map<string, Observation>()
        for (let at = 0; at < shuffled.length; at += size) for (const one of memory.add(shuffled.slice(at, at + size))) last.set(one.id, one)
        expect(trace.map(({ id }) => last.get(id))).toEqual(settleTrace(trace))
      }),
      { numRuns: 500 },
    )
  })
})
