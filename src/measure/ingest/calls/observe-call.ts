import { Compile } from 'typebox/compile'
import type { Observation } from '../../../core/observation.ts'
import { canonical, hashOf } from '../normalize/content.ts'
import { costOf } from '../normalize/cost.ts'
import { Tags } from '../normalize/attribution.ts'
import { clean } from '../normalize/facts.ts'
import type { ObserveDeps } from '../normalize/observe-span.ts'
import { timeFault } from '../normalize/time.ts'
import { REPORTED_CALL, type ReportedCall } from './schema.ts'

const shape = Compile(REPORTED_CALL)

/** A call as an application reports it, or what is wrong with it, by the field's name. */
export function observeCall(value: unknown, { tenant, keyId, now, price }: ObserveDeps): Observation | string {
  if (!shape.Check(value)) return faultOf(value)
  const call: ReportedCall = value
  const startedAt = typeof call.startedAt === 'number' ? call.startedAt : Date.parse(call.startedAt)
  const fault = timeFault(startedAt, now)
  if (fault !== null) return `startedAt: ${fault}`
  const kind = call.kind ?? 'inference'
  const calls = kind === 'inference' || kind === 'embedding'
  const ending = { outcome: call.outcome ?? (call.error === undefined ? 'ok' : 'error'), status: call.status ?? null, errorCode: text(call.error) } as const
  const usage = call.usage ?? null
  const provider = text(call.provider)
  const modelAsked = text(call.model)
  const modelServed = text(call.modelServed)
  const tags = new Tags()
  for (const [name, tag] of Object.entries(call.tags ?? {})) tags.add(name, tag)
  const id = call.id ?? hashOf(canonical(call)) + hashOf(`again ${canonical(call)}`)
  return {
    tenant,
    id: `${call.traceId ?? 'call'}:${id}`,
    source: 'api',
    kind,
    name: text(call.name) ?? '',
    spanId: id,
    responseId: text(call.responseId),
    startedAt,
    durationMs: call.durationMs ?? 0,
    provider,
    modelAsked,
    modelServed,
    streamed: call.streamed ?? null,
    attribution: { user: text(call.user), feature: text(call.feature), session: text(call.session), prompt: text(call.prompt), promptVersion: text(call.promptVersion), traceId: call.traceId ?? null, parentSpanId: call.parentId ?? null, tags: tags.all },
    keyId,
    pool: null,
    endpoint: null,
    reason: null,
    queuedMs: null,
    ttftMs: call.ttftMs ?? null,
    tpotMs: null,
    ...ending,
    finishReason: text(call.finishReason),
    usage: usage ?? {},
    usageSource: usage === null ? 'none' : 'reported',
    rawUsage: Object.fromEntries(Object.entries(usage ?? {})),
    cost: costOf({ provider, modelServed, modelAsked, at: startedAt, usage, invalid: [], hasOutput: kind !== 'embedding', ending, reported: call.costUsd ?? null }, price),
    billable: calls,
    attempts: 0,
    clientRetry: call.retry ?? null,
    fingerprint: null,
    requestBytes: null,
    responseBytes: null,
    tool: null,
    segments: [],
    toolsDeclared: [],
    toolsCalled: [],
  }
}

function text(value: string | undefined): string | null {
  return value === undefined ? null : clean(value)
}

function faultOf(value: unknown): string {
  const first = shape.Errors(value)[0]
  const field = first === undefined ? '' : first.instancePath.slice(1).replaceAll('/', '.')
  if (first?.keyword === 'required') return `${(first.params as { requiredProperties?: readonly string[] }).requiredProperties?.[0] ?? 'a field'} is missing`
  if (first?.keyword === 'boolean') return `${field} is no field of a call`
  return `${field === '' ? 'a call' : field} is not what belongs there; docs/ingest.md has the fields`
}
