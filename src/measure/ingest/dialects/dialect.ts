import type { ObservationKind } from '../../../core/observation.ts'

/** What Spillway reads of a span, whatever a client calls it. */
export const FIELDS = [
  'provider', 'modelAsked', 'modelServed', 'responseId', 'streamed',
  'input', 'cacheRead', 'cacheWrite', 'cacheWrite5m', 'cacheWrite1h', 'audioInput', 'imageInput', 'output', 'reasoning', 'audioOutput', 'total', 'reportedCost',
  'user', 'session', 'feature', 'prompt', 'promptVersion', 'environment', 'service',
  'ttftSeconds', 'ttftMs', 'firstTokenAt', 'finishReason', 'httpStatus', 'errorType', 'errorMessage', 'level', 'pending',
  'toolName', 'toolArguments', 'toolResult', 'toolsDeclared', 'systemPrompt', 'inputMessages', 'outputMessages', 'outputJson', 'labels',
  'usageJson', 'costJson', 'providerMetadata',
  'scoreName', 'scoreValue', 'scoreLabel',
] as const
export type Field = (typeof FIELDS)[number]

/** How one family of clients names things. Data only. */
export interface Dialect {
  readonly name: string
  /** Attribute names by field; the first that a span has counts. */
  readonly fields: Readonly<Partial<Record<Field, readonly string[]>>>
  /** Attributes that tell what a span did, and their values. */
  readonly kinds: Readonly<Record<string, Readonly<Record<string, ObservationKind>>>>
  /** Attributes that begin so are the user's own: user, session and feature by their usual names, else a tag. */
  readonly tagPrefixes: readonly string[]
  /** Attributes that begin so are counts, and are kept as reported even where no field knows them. */
  readonly usagePrefixes: readonly string[]
}
