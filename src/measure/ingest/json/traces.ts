import { IngestError } from '../ingest-error.ts'
import type { IngestLimits } from '../limits.ts'
import { NO_ATTRIBUTES, type Attributes, type AttributeMap, type AttributeValue, type OtlpSpan, type Scope, type SpanEvent, type SpanSink } from '../span.ts'

type Json = Readonly<Record<string, unknown>>

/**
 * Reads an ExportTraceServiceRequest in OTLP/JSON (opentelemetry.io/docs/specs/otlp, "JSON Protobuf Encoding"): ids are hex, 64-bit
 * integers text or numbers, enums numbers. What has another type counts as absent. Throws invalid_shape where the body is no
 * object with `resourceSpans`, otlp_too_many above the limit of spans. Yields after every `slice` spans.
 */
export function* readJsonTraces(body: unknown, wanted: (name: string) => boolean, limits: IngestLimits, sink: SpanSink, slice = 256): Generator<void, void, undefined> {
  if (!isObject(body) || (body['resourceSpans'] !== undefined && !Array.isArray(body['resourceSpans']))) throw new IngestError('invalid_shape', 'The body is no OTLP request: give an object with the list resourceSpans.')
  let count = 0
  for (const resourceSpans of objects(body['resourceSpans'])) {
    const resource = attributesOf(objectOf(resourceSpans['resource'])['attributes'], wanted, limits)
    for (const scopeSpans of objects(resourceSpans['scopeSpans'])) {
      const said = objectOf(scopeSpans['scope'])
      const scope: Scope = { name: textOf(said['name']), version: textOf(said['version']) }
      for (const span of listOf(scopeSpans['spans'])) {
        if (++count > limits.items) throw new IngestError('otlp_too_many', `The request has more than ${limits.items} spans: send them in smaller batches.`)
        if (isObject(span)) takeSpan(span, scope, resource, wanted, limits, sink, count - 1)
        else sink.reject({ index: count - 1, reason: 'a span is no object' })
        if (count % slice === 0) yield
      }
    }
  }
}

function takeSpan(span: Json, scope: Scope, resource: Attributes, wanted: (name: string) => boolean, limits: IngestLimits, sink: SpanSink, index: number): void {
  let read: OtlpSpan
  try {
    const status = objectOf(span['status'])
    read = {
      traceId: hexOf(span['traceId']),
      spanId: hexOf(span['spanId']),
      parentSpanId: hexOf(span['parentSpanId']),
      name: textOf(span['name']),
      startMs: msOf(span['startTimeUnixNano']),
      endMs: msOf(span['endTimeUnixNano']),
      statusCode: typeof status['code'] === 'number' ? status['code'] : 0,
      statusMessage: textOf(status['message']),
      attributes: attributesOf(span['attributes'], wanted, limits),
      events: listOf(span['events']).slice(0, limits.events).filter(isObject).map((event) => eventOf(event, wanted, limits)),
      scope,
      resource,
    }
  } catch (error) {
    if (!(error instanceof IngestError)) throw error
    sink.reject({ index, reason: error.message })
    return
  }
  sink.span(read)
}

/** How many metrics or log records a request in JSON holds. */
export function countJsonItems(body: unknown, resources: string, scopes: string, items: string): number {
  if (!isObject(body)) throw new IngestError('invalid_shape', `The body is no OTLP request: give an object with the list ${resources}.`)
  let count = 0
  for (const resource of objects(body[resources])) for (const scope of objects(resource[scopes])) count += listOf(scope[items]).length
  return count
}

function eventOf(event: Json, wanted: (name: string) => boolean, limits: IngestLimits): SpanEvent {
  return { name: textOf(event['name']), timeMs: msOf(event['timeUnixNano']), attributes: attributesOf(event['attributes'], wanted, limits) }
}

function attributesOf(list: unknown, wanted: (name: string) => boolean, limits: IngestLimits): Attributes {
  const names: string[] = []
  const values: AttributeValue[] = []
  for (const pair of listOf(list)) {
    if (names.length >= limits.attributes) break
    if (!isObject(pair)) continue
    const name = textOf(pair['key'])
    if (!wanted(name)) continue
    const value = valueOf(pair['value'], limits, 0)
    if (value === undefined) continue
    names.push(name)
    values.push(value)
  }
  return names.length === 0 ? NO_ATTRIBUTES : { names, values }
}

function valueOf(value: unknown, limits: IngestLimits, depth: number): AttributeValue | undefined {
  if (!isObject(value)) return undefined
  if (depth > limits.depth) throw new IngestError('otlp_too_deep', `An attribute has values more than ${limits.depth} levels deep.`)
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue } = value
  if (typeof stringValue === 'string') return stringValue.length > limits.valueBytes ? undefined : stringValue
  if (typeof boolValue === 'boolean') return boolValue
  if (intValue !== undefined) return integerOf(intValue)
  if (typeof doubleValue === 'number') return doubleValue
  if (doubleValue === 'NaN' || doubleValue === 'Infinity' || doubleValue === '-Infinity') return Number(doubleValue)
  if (isObject(arrayValue)) return listOf(arrayValue['values']).map((one) => valueOf(one, limits, depth + 1)).filter((one) => one !== undefined)
  return isObject(kvlistValue) ? mapOf(kvlistValue['values'], limits, depth) : undefined
}

function mapOf(list: unknown, limits: IngestLimits, depth: number): AttributeMap {
  const entries: [string, AttributeValue][] = []
  for (const pair of listOf(list)) {
    if (!isObject(pair)) continue
    const value = valueOf(pair['value'], limits, depth + 1)
    if (value !== undefined) entries.push([textOf(pair['key']), value])
  }
  return Object.fromEntries(entries)
}

const INT64 = /^-?\d{1,19}$/u

function integerOf(value: unknown): number | bigint | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'string' || !INT64.test(value)) return undefined
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : BigInt(value)
}

function msOf(value: unknown): number {
  const nanos = typeof value === 'string' && /^\d{1,20}$/u.test(value) ? Number(value) : value
  return typeof nanos === 'number' && nanos >= 0 ? nanos / 1e6 : 0
}

const HEX = /^(?:[0-9a-f]{2}){1,16}$/iu

function hexOf(value: unknown): string {
  return typeof value === 'string' && HEX.test(value) ? value.toLowerCase() : ''
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function objects(value: unknown): readonly Json[] {
  return listOf(value).filter(isObject)
}

function objectOf(value: unknown): Json {
  return isObject(value) ? value : {}
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
