import Type, { type Static } from 'typebox'
import { usdText } from '../../core/catalog/usd-text.ts'
import { callFigures } from '../../store/telemetry/call-figures.ts'
import { SCORE, scoreView } from './call-view.ts'
import { QueryError } from './query-error.ts'
import { route } from './route.ts'
import { count, isoTime, list, nano, number, text, textOrNull, time, usd } from './shapes.ts'
import { DEEPEST, traceTree, type TraceNode } from './trace-tree.ts'

const FIELDS = {
  id: text('id of the step: /api/v1/calls/{id} has all of it'),
  spanId: textOrNull('its own id in the trace'),
  kind: text('what it did'),
  name: text('what it is called'),
  startedAt: time('when it began'),
  offsetMs: number('after the first step of the trace, ms'),
  durationMs: number('how long it took, ms'),
  outcome: text('how it ended'),
  model: textOrNull('the model that answered, else the one that was asked for'),
  tool: textOrNull('the tool that was called'),
  billable: Type.Boolean({ description: 'whether it is a call that costs by itself' }),
  inputTokens: count('all prompt tokens'),
  outputTokens: count('all tokens of the answer'),
  costUsd: usd('its cost with all below'),
  costNanoUsd: nano('its cost with all below'),
  costStatus: text('of itself: complete, partial, estimated or unknown'),
  calls: count('calls in that cost'),
  incompleteCost: count('of these: how many have a cost that is not complete'),
}

export type TraceStep = { [Name in keyof typeof FIELDS]: Static<(typeof FIELDS)[Name]> } & { children: TraceStep[] }

/** As JSON Schema has it: a step holds steps. */
const STEP = Type.Unsafe<TraceStep>(Type.Cyclic({ Step: Type.Object({ ...FIELDS, children: Type.Array(Type.Ref('Step'), { description: `steps below it; none is deeper than ${DEEPEST}` }) }) }, 'Step'))

const TRACE = Type.Object({
  id: text('its id'),
  startedAt: textOrNull('when its first step began'),
  durationMs: number('from the start of the first step to the end of the last, ms'),
  costUsd: usd('of all calls in it'),
  costNanoUsd: nano('of all calls in it'),
  calls: count('calls in it'),
  incompleteCost: count('of these: how many have a cost that is not complete'),
  steps: count('its steps'),
  cut: Type.Boolean({ description: 'it has more steps than are shown' }),
  scores: list(SCORE, 'what was said of it'),
  roots: list(STEP, 'steps that have no parent in it'),
})
export type TraceAnswer = Static<typeof TRACE>

export const traceRoute = route({
  path: '/api/v1/traces/{id}',
  summary: 'The steps of a trace as a tree, with durations and costs',
  query: Type.Object({}),
  answer: TRACE,
  handle: async (_, { store, tenant }, id) => {
    const found = await store.trace(tenant, id)
    if (found === null) throw new QueryError('not_found', 'There is no such trace, or it is not loaded yet.')
    const { observations, scores, cut } = found
    const began = observations[0]?.startedAt ?? 0
    const ended = observations.reduce((last, { startedAt, durationMs }) => Math.max(last, startedAt + durationMs), began)
    const roots = traceTree(observations)
    const nanoUsd = roots.reduce((sum, node) => sum + node.nanoUsd, 0n)
    return {
      id,
      startedAt: observations.length === 0 ? null : isoTime(began),
      durationMs: ended - began,
      costUsd: usdText(nanoUsd),
      costNanoUsd: String(nanoUsd),
      calls: roots.reduce((sum, { calls }) => sum + calls, 0),
      incompleteCost: roots.reduce((sum, { incomplete }) => sum + incomplete, 0),
      steps: observations.length,
      cut,
      scores: scores.map(scoreView),
      roots: roots.map((root) => stepOf(root, began)),
    }
  },
})

function stepOf({ step, children, nanoUsd, calls, incomplete }: TraceNode, began: number): TraceStep {
  const { inputTokens, outputTokens } = callFigures(step)
  return {
    id: step.id,
    spanId: step.spanId,
    kind: step.kind,
    name: step.name,
    startedAt: isoTime(step.startedAt),
    offsetMs: step.startedAt - began,
    durationMs: step.durationMs,
    outcome: step.outcome,
    model: step.modelServed ?? step.modelAsked,
    tool: step.tool?.name ?? null,
    billable: step.billable,
    inputTokens,
    outputTokens,
    costUsd: usdText(nanoUsd),
    costNanoUsd: String(nanoUsd),
    costStatus: step.cost.status,
    calls,
    incompleteCost: incomplete,
    children: children.map((child) => stepOf(child, began)),
  }
}
