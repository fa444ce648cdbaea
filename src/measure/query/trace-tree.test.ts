import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Observation } from '../../core/observation.ts'
import { anObservation, T0 } from '../../store/telemetry/testing.ts'
import { DEEPEST, traceTree, type TraceNode } from './trace-tree.ts'

const step = (spanId: string | null, parentSpanId: string | null, parts: Partial<Observation> = {}): Observation =>
  anObservation({ id: `t:${spanId}`, spanId, kind: 'chain', billable: false, attribution: { traceId: 't', parentSpanId }, ...parts })

const call = (spanId: string | null, parentSpanId: string | null, nanoUsd: string, status: Observation['cost']['status'] = 'complete'): Observation =>
  anObservation({ id: `t:${spanId}`, spanId, attribution: { traceId: 't', parentSpanId }, cost: { nanoUsd, status } })

/** `a(b,c(d))` */
const drawn = (nodes: readonly TraceNode[]): string => nodes.map(({ step: { id }, children }) => `${id.slice(2)}${children.length === 0 ? '' : `(${drawn(children)})`}`).join(',')

const all = (nodes: readonly TraceNode[]): TraceNode[] => nodes.flatMap((node) => [node, ...all(node.children)])

describe('traceTree', () => {
  it('puts steps below their parents, in order, and sums what calls below cost', () => {
    const roots = traceTree([step('agent', null), call('b', 'agent', '5'), step('tool', 'agent'), call('c', 'tool', '7', 'partial'), call(null, 'tool', '1')])
    expect(drawn(roots)).toBe('agent(b,tool(c,null))')
    expect(roots[0]).toMatchObject({ nanoUsd: 13n, calls: 3, incomplete: 1 })
    expect(roots[0]!.children[1]).toMatchObject({ nanoUsd: 8n, calls: 2 })
  })

  it('a step whose parent is missing is a root; so is the first of a circle', () => {
    expect(drawn(traceTree([step('late', 'lost'), step('a', 'c'), step('b', 'a'), step('c', 'b'), step('self', 'self')]))).toBe('late,a(b(c)),self')
  })

  it('goes no deeper than it says, and loses nothing', () => {
    const chain = Array.from({ length: 3 * DEEPEST }, (_, n) => call(`s${n}`, n === 0 ? null : `s${n - 1}`, '1'))
    const roots = traceTree(chain)
    const depthOf = (node: TraceNode): number => 1 + Math.max(0, ...node.children.map(depthOf))
    expect(depthOf(roots[0]!)).toBe(DEEPEST + 1)
    expect(roots[0]!.nanoUsd).toBe(BigInt(3 * DEEPEST))
  })

  it('has every step once, and the sums of the roots are the whole, whatever was reported', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', null)
    fc.assert(
      fc.property(fc.array(fc.record({ span: id, parent: id, nano: fc.integer({ min: 0, max: 99 }), billable: fc.boolean() }), { maxLength: 12 }), (spans) => {
        const steps = spans.map(({ span, parent, nano, billable }, n) => anObservation({ id: `t:${n}`, spanId: span, startedAt: T0 + n, billable, attribution: { parentSpanId: parent }, cost: { nanoUsd: String(nano) } }))
        const roots = traceTree(steps)
        expect(all(roots).map(({ step: { id: one } }) => one).toSorted()).toEqual(steps.map(({ id: one }) => one).toSorted())
        expect(roots.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0n)).toBe(steps.reduce((sum, one) => sum + (one.billable ? BigInt(one.cost.nanoUsd) : 0n), 0n))
      }),
    )
  })
})
