/** A value of an OTLP attribute. Integers beyond 2^53 are bigint; bytes are not read and absent. */
export type AttributeValue = string | number | boolean | bigint | readonly AttributeValue[] | AttributeMap

export interface AttributeMap {
  readonly [name: string]: AttributeValue
}

/** Names and values side by side, in the order in which they came: cheaper than a Map, and duplicates are kept (the first one counts). */
export interface Attributes {
  readonly names: readonly string[]
  readonly values: readonly AttributeValue[]
}

export const NO_ATTRIBUTES: Attributes = { names: [], values: [] }

export function attribute({ names, values }: Attributes, name: string): AttributeValue | undefined {
  const index = names.indexOf(name)
  return index === -1 ? undefined : values[index]
}

export interface Scope {
  readonly name: string
  readonly version: string
}

/** A span as OTLP has it, from protobuf or JSON. Ids are lower-case hex; '' = none. Times are Unix ms with fractions. */
export interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly name: string
  readonly startMs: number
  readonly endMs: number
  /** 0 unset, 1 ok, 2 error. */
  readonly statusCode: number
  readonly statusMessage: string
  readonly attributes: Attributes
  readonly events: readonly SpanEvent[]
  readonly scope: Scope
  readonly resource: Attributes
}

export interface SpanEvent {
  readonly name: string
  readonly timeMs: number
  readonly attributes: Attributes
}

/** One thing of many that was not taken; the rest was. */
export interface Rejection {
  readonly index: number
  readonly reason: string
}

/** Gets spans as they are read. */
export interface SpanSink {
  readonly span: (span: OtlpSpan) => void
  readonly reject: (rejection: Rejection) => void
}
