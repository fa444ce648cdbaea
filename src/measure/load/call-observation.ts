import type { CallRecord, PromptShape } from '../../core/call.ts'
import type { Observation, PromptSegment } from '../../core/observation.ts'

/** The gateway's record of a call as an observation. Nothing is made up: what the record does not say is null. */
export function callObservation(record: CallRecord): Observation {
  const { attribution, attempts, usage } = record
  return {
    tenant: record.tenant,
    id: record.id,
    source: 'gateway',
    kind: record.api === 'embeddings' ? 'embedding' : 'inference',
    name: record.api,
    spanId: null,
    responseId: record.responseId ?? null,
    startedAt: record.arrivedAt,
    durationMs: record.totalMs,
    provider: null,
    modelAsked: record.modelAsked,
    modelServed: record.modelServed,
    streamed: record.streamed,
    attribution,
    keyId: record.keyId,
    pool: record.pool,
    endpoint: record.endpoint,
    reason: record.reason,
    queuedMs: record.queuedMs,
    ttftMs: record.ttftMs,
    tpotMs: record.tpotMs,
    outcome: record.outcome,
    status: record.status,
    errorCode: record.errorCode,
    finishReason: record.finishReason,
    usage,
    usageSource: record.usageSource,
    rawUsage: {},
    cost: record.cost,
    billable: true,
    attempts: attempts.length,
    clientRetry: record.retryCount ?? null,
    ...(record.stepRepeats === undefined ? {} : { stepRepeats: record.stepRepeats }),
    fingerprint: record.fingerprint,
    requestBytes: record.requestBytes,
    responseBytes: record.responseBytes,
    tool: null,
    segments: segmentsOf(record.prompt ?? null),
    toolsDeclared: record.prompt?.tools ?? [],
    toolsCalled: record.toolsCalled ?? [],
  }
}

const PARTS = [['system', 'system'], ['history', 'history'], ['retrieved', 'retrieved'], ['toolResults', 'tool-result'], ['question', 'user']] as const

/** The parts that are there, tools first, as models read them. A UTF-16 unit counts as a byte. */
function segmentsOf(shape: PromptShape | null): readonly PromptSegment[] {
  if (shape === null) return []
  const { characters, hashes, toolBytes = 0 } = shape
  const parts = PARTS.map(([part, role]): PromptSegment => ({ role, bytes: characters[part], hash: hashes?.[part] ?? '' }))
  return [{ role: 'tools' as const, bytes: toolBytes, hash: hashes?.tools ?? '' }, ...parts].filter(({ bytes }) => bytes > 0)
}
