import type { Observation, ObservationKind } from '../../../core/observation.ts'
import { Facts } from '../normalize/facts.ts'
import { type ObserveDeps, observationOf } from '../normalize/observe-span.ts'
import { timeFault } from '../normalize/time.ts'
import type { AttributeValue, OtlpSpan } from '../span.ts'
import { isObject, type Json, timeOf } from './events.ts'

const NO_SCOPE = { name: 'langfuse', version: '' }

/** The span that stands for a trace: what hangs from nothing else hangs from it, and has user and session from it. */
export function traceSpanId(traceId: string): string {
  return `trace:${traceId}`
}

/** A Langfuse observation's body as an observation, through the same table as its OTLP attributes. A text = why it is none. */
export function observeBody(id: string, body: Json, kind: ObservationKind | null, at: number, deps: ObserveDeps): Observation | string {
  const traceId = idOf(body['traceId']) ?? id
  const startMs = timeOf(body['startTime']) ?? timeOf(body['endTime']) ?? at
  const fault = timeFault(startMs, deps.now)
  if (fault !== null) return `the observation ${fault}`
  const parent = idOf(body['parentObservationId'])
  const attributes: [string, unknown][] = [
    ['langfuse.observation.type', body['type'] === undefined ? undefined : String(body['type']).toLowerCase()],
    ['langfuse.observation.model.name', body['model']],
    ['langfuse.observation.usage_details', body['usageDetails'] ?? body['usage']],
    ['langfuse.observation.cost_details', body['costDetails'] ?? costIn(body['usage'])],
    ['langfuse.observation.level', body['level']],
    ['langfuse.observation.status_message', body['statusMessage']],
    ['langfuse.observation.completion_start_time', body['completionStartTime']],
    ['langfuse.observation.prompt.name', body['promptName']],
    ['langfuse.observation.prompt.version', body['promptVersion']],
    ['langfuse.observation.input', body['input']],
    ['langfuse.observation.output', body['output']],
    ['langfuse.environment', body['environment']],
    ...metadataOf('langfuse.observation.metadata.', body['metadata']),
  ]
  return build({ id, traceId, parent: parent ?? traceSpanId(traceId), startMs, endMs: timeOf(body['endTime']) ?? 0, name: textOf(body['name']), attributes, kind }, deps)
}

/** A Langfuse trace as an observation: user, session and tags of all that hangs from it. */
export function observeTrace(id: string, body: Json, at: number, deps: ObserveDeps): Observation | string {
  const startMs = timeOf(body['timestamp']) ?? at
  const fault = timeFault(startMs, deps.now)
  if (fault !== null) return `the trace ${fault}`
  const attributes: [string, unknown][] = [
    ['langfuse.user.id', body['userId']],
    ['langfuse.session.id', body['sessionId']],
    ['langfuse.trace.name', body['name']],
    ['langfuse.trace.tags', body['tags']],
    ['langfuse.environment', body['environment']],
    ...metadataOf('langfuse.trace.metadata.', body['metadata']),
  ]
  return build({ id: traceSpanId(id), traceId: id, parent: '', startMs, endMs: 0, name: textOf(body['name']), attributes, kind: 'chain' }, deps)
}

interface Draft {
  readonly id: string
  readonly traceId: string
  readonly parent: string
  readonly startMs: number
  readonly endMs: number
  readonly name: string
  readonly attributes: readonly (readonly [string, unknown])[]
  readonly kind: ObservationKind | null
}

function build({ id, traceId, parent, startMs, endMs, name, attributes, kind }: Draft, deps: ObserveDeps): Observation {
  const present = attributes.filter((pair): pair is [string, AttributeValue] => pair[1] !== undefined && pair[1] !== null)
  const facts = new Facts().read({ names: present.map(([key]) => key), values: present.map(([, value]) => value) })
  facts.kind ??= kind
  const span: OtlpSpan = { traceId, spanId: id, parentSpanId: parent, name, startMs, endMs, statusCode: 0, statusMessage: '', attributes: { names: [], values: [] }, events: [], scope: NO_SCOPE, resource: { names: [], values: [] } }
  return observationOf(span, facts, 'langfuse', deps)
}

/** The old `usage` object may hold costs beside counts. */
function costIn(usage: unknown): Json | undefined {
  return isObject(usage) && typeof usage['totalCost'] === 'number' ? { total: usage['totalCost'] } : undefined
}

function metadataOf(prefix: string, metadata: unknown): [string, unknown][] {
  return isObject(metadata) ? Object.entries(metadata).slice(0, 64).map(([name, value]) => [`${prefix}${name}`, value]) : []
}

/** An id of a trace or observation: any text of a sane length. */
export function idOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= 128 && value.isWellFormed() && !value.includes('\u0000') ? value : null
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
