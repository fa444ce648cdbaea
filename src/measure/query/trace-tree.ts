import type { Observation } from '../../core/observation.ts'

/** A step with what is below it. Sums are over the billable calls of the step and all below. */
export interface TraceNode {
  readonly step: Observation
  readonly children: TraceNode[]
  nanoUsd: bigint
  calls: number
  /** Of these calls: how many have a cost that is not complete. */
  incomplete: number
}

/** Deeper steps hang at this depth, beside their parents: what reads the tree need not be able to go down without end. */
export const DEEPEST = 100

/**
 * Steps, given in the order of their start, as trees. A step whose parent is not there is a root. Spans are reported by strangers:
 * where parents go round in a circle, the step that began first is taken for a root.
 */
export function traceTree(steps: readonly Observation[]): TraceNode[] {
  const nodes = steps.map((step): TraceNode => ({ step, children: [], nanoUsd: step.billable ? BigInt(step.cost.nanoUsd) : 0n, calls: Number(step.billable), incomplete: Number(step.billable && step.cost.status !== 'complete') }))
  const spans = new Set(steps.map(({ spanId }) => spanId))
  const below = Map.groupBy(nodes, ({ step }) => step.attribution.parentSpanId)
  const roots: TraceNode[] = []
  const placed = new Set<TraceNode>()
  const grow = (root: TraceNode): void => {
    roots.push(root)
    placed.add(root)
    const line = [{ node: root, parent: null as TraceNode | null, depth: 0 }]
    // The line grows while it is walked: from the root down, level by level.
    for (const { node, parent, depth } of line) {
      const above = depth < DEEPEST || parent === null ? node : parent
      for (const child of node.step.spanId === null ? [] : (below.get(node.step.spanId) ?? [])) {
        if (placed.has(child)) continue
        placed.add(child)
        above.children.push(child)
        line.push({ node: child, parent: above, depth: above === node ? depth + 1 : depth })
      }
    }
    for (const { node, parent } of line.toReversed()) {
      if (parent === null) continue
      parent.nanoUsd += node.nanoUsd
      parent.calls += node.calls
      parent.incomplete += node.incomplete
    }
  }
  for (const node of nodes) if (node.step.attribution.parentSpanId === null || !spans.has(node.step.attribution.parentSpanId)) grow(node)
  for (const node of nodes) if (!placed.has(node)) grow(node)
  return roots.toSorted((a, b) => nodes.indexOf(a) - nodes.indexOf(b))
}
