import { IngestError } from '../ingest-error.ts'
import type { IngestLimits } from '../limits.ts'
import { NO_ATTRIBUTES, type Attributes, type OtlpSpan, type Scope, type SpanEvent, type SpanSink } from '../span.ts'
import { type AttributeDraft, readKeyValue } from './attributes.ts'
import type { NameTable } from './name-table.ts'
import { FIXED64, LENGTH, VARINT, WireReader } from './reader.ts'

/**
 * Reads an ExportTraceServiceRequest (opentelemetry-proto, trace/v1). A known field of another wire type is skipped like an
 * unknown one. A span that is malformed inside its own length is rejected alone; an envelope that is malformed throws
 * otlp_malformed, and more spans than the limit otlp_too_many. Yields after every `slice` spans, so that the caller can let
 * others run in between.
 */
export function* readTraces(bytes: Uint8Array, table: NameTable, limits: IngestLimits, sink: SpanSink, slice = 256): Generator<void, void, undefined> {
  const reader = new WireReader(bytes)
  let count = 0
  while (reader.next()) {
    if (!reader.is(1, LENGTH)) {
      reader.skip()
      continue
    }
    const outer = reader.enter()
    const start = reader.at
    // Fields may come in any order: the resource is looked for before the spans are read.
    const resource = readResource(reader, table, limits)
    reader.at = start
    while (reader.next()) {
      if (!reader.is(2, LENGTH)) {
        reader.skip()
        continue
      }
      const resourceSpans = reader.enter()
      const scopeStart = reader.at
      const scope = readScope(reader)
      reader.at = scopeStart
      while (reader.next()) {
        if (!reader.is(2, LENGTH)) {
          reader.skip()
          continue
        }
        if (++count > limits.items) throw new IngestError('otlp_too_many', `The request has more than ${limits.items} spans: send them in smaller batches.`)
        readOne(reader, table, limits, sink, count - 1, scope, resource)
        if (count % slice === 0) yield
      }
      reader.leave(resourceSpans)
    }
    reader.leave(outer)
  }
}

function readOne(reader: WireReader, table: NameTable, limits: IngestLimits, sink: SpanSink, index: number, scope: Scope, resource: Attributes): void {
  const outer = reader.enter()
  const { end } = reader
  let span: OtlpSpan | null = null
  try {
    span = readSpan(reader, table, limits, scope, resource)
  } catch (error) {
    if (!(error instanceof IngestError)) throw error
    sink.reject({ index, reason: error.message })
  }
  // An error leaves the reader inside the span's own parts.
  reader.end = end
  reader.leave(outer)
  if (span !== null) sink.span(span)
}

function readResource(reader: WireReader, table: NameTable, limits: IngestLimits): Attributes {
  const draft: AttributeDraft = { names: [], values: [] }
  while (reader.next()) {
    if (!reader.is(1, LENGTH)) {
      reader.skip()
      continue
    }
    const outer = reader.enter()
    while (reader.next()) {
      if (reader.is(1, LENGTH)) readKeyValue(reader, table, limits, draft)
      else reader.skip()
    }
    reader.leave(outer)
  }
  return draft.names.length === 0 ? NO_ATTRIBUTES : draft
}

function readScope(reader: WireReader): Scope {
  let name = ''
  let version = ''
  while (reader.next()) {
    if (!reader.is(1, LENGTH)) {
      reader.skip()
      continue
    }
    const outer = reader.enter()
    while (reader.next()) {
      if (reader.is(1, LENGTH)) name = reader.text()
      else if (reader.is(2, LENGTH)) version = reader.text()
      else reader.skip()
    }
    reader.leave(outer)
  }
  return { name, version }
}

const NO_EVENTS: readonly SpanEvent[] = []

function readSpan(reader: WireReader, table: NameTable, limits: IngestLimits, scope: Scope, resource: Attributes): OtlpSpan {
  let traceId = ''
  let spanId = ''
  let parentSpanId = ''
  let name = ''
  let startMs = 0
  let endMs = 0
  let statusCode = 0
  let statusMessage = ''
  const attributes: AttributeDraft = { names: [], values: [] }
  let events: SpanEvent[] | null = null
  while (reader.next()) {
    if (reader.is(9, LENGTH)) readKeyValue(reader, table, limits, attributes)
    else if (reader.is(1, LENGTH)) traceId = reader.hex()
    else if (reader.is(2, LENGTH)) spanId = reader.hex()
    else if (reader.is(4, LENGTH)) parentSpanId = reader.hex()
    else if (reader.is(5, LENGTH)) name = reader.text()
    else if (reader.is(7, FIXED64)) startMs = reader.nanosAsMs()
    else if (reader.is(8, FIXED64)) endMs = reader.nanosAsMs()
    else if (reader.is(11, LENGTH) && (events?.length ?? 0) < limits.events) (events ??= []).push(readEvent(reader, table, limits))
    else if (reader.is(15, LENGTH)) {
      const outer = reader.enter()
      while (reader.next()) {
        if (reader.is(2, LENGTH)) statusMessage = reader.text()
        else if (reader.is(3, VARINT)) statusCode = reader.uint32()
        else reader.skip()
      }
      reader.leave(outer)
    } else reader.skip()
  }
  return { traceId, spanId, parentSpanId, name, startMs, endMs, statusCode, statusMessage, attributes, events: events ?? NO_EVENTS, scope, resource }
}

function readEvent(reader: WireReader, table: NameTable, limits: IngestLimits): SpanEvent {
  const outer = reader.enter()
  let timeMs = 0
  let name = ''
  const attributes: AttributeDraft = { names: [], values: [] }
  while (reader.next()) {
    if (reader.is(1, FIXED64)) timeMs = reader.nanosAsMs()
    else if (reader.is(2, LENGTH)) name = reader.text()
    else if (reader.is(3, LENGTH)) readKeyValue(reader, table, limits, attributes)
    else reader.skip()
  }
  reader.leave(outer)
  return { name, timeMs, attributes }
}
