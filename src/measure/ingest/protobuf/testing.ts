import protobuf from 'protobufjs'
import type { IngestLimits } from '../limits.ts'
import { INGEST_LIMITS } from '../limits.ts'
import type { OtlpSpan, Rejection } from '../span.ts'
import { NameTable } from './name-table.ts'
import { readTraces } from './traces.ts'

/** The part of opentelemetry-proto (v1) that is read, for the library that the reader is held against. */
const PROTO = `
syntax = "proto3";
message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
message ScopeSpans { InstrumentationScope scope = 1; repeated Span spans = 2; string schema_url = 3; }
message InstrumentationScope { string name = 1; string version = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5; uint32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; uint32 dropped_attributes_count = 10;
  repeated Event events = 11; Status status = 15; fixed32 flags = 16;
}
message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; }
message Status { string message = 2; uint32 code = 3; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7; } }
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }
message ExportLogsServiceRequest { repeated ResourceLogs resource_logs = 1; }
message ResourceLogs { Resource resource = 1; repeated ScopeLogs scope_logs = 2; }
message ScopeLogs { InstrumentationScope scope = 1; repeated LogRecord log_records = 2; }
message LogRecord { fixed64 time_unix_nano = 1; uint32 severity_number = 2; string severity_text = 3; AnyValue body = 5; repeated KeyValue attributes = 6; bytes trace_id = 9; bytes span_id = 10; }
message ExportTraceServiceResponse { PartialSuccess partial_success = 1; }
message PartialSuccess { int64 rejected_spans = 1; string error_message = 2; }
message RpcStatus { int32 code = 1; string message = 2; }
`
export const OTLP = protobuf.parse(PROTO).root

export function encode(type: string, value: object): Buffer {
  const message = OTLP.lookupType(type)
  return Buffer.from(message.encode(message.fromObject(value)).finish())
}

export function decode(type: string, bytes: Uint8Array): Record<string, unknown> {
  const message = OTLP.lookupType(type)
  return message.toObject(message.decode(bytes), { longs: String, bytes: String })
}

export interface Read {
  readonly spans: readonly OtlpSpan[]
  readonly rejected: readonly Rejection[]
}

export function readAllSpans(bytes: Uint8Array, limits: Partial<IngestLimits> = {}, wanted: (name: string) => boolean = () => true): Read {
  const spans: OtlpSpan[] = []
  const rejected: Rejection[] = []
  const steps = readTraces(bytes, new NameTable(wanted), { ...INGEST_LIMITS, ...limits }, { span: (span) => void spans.push(span), reject: (one) => void rejected.push(one) })
  while (steps.next().done !== true);
  return { spans, rejected }
}

export const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
export const SPAN_ID = 'b7ad6b7169203331'
/** 2026-11-25T12:00:00Z. */
export const NOW = Date.UTC(2026, 10, 25, 12)

/** A span as the library takes it. */
export function spanObject(parts: object = {}): object {
  return { traceId: Buffer.from(TRACE_ID, 'hex'), spanId: Buffer.from(SPAN_ID, 'hex'), name: 'chat', startTimeUnixNano: nanos(NOW), endTimeUnixNano: nanos(NOW + 100), ...parts }
}

export function nanos(ms: number): string {
  return `${ms}000000`
}

export function requestOf(spans: readonly object[], scope: object = { name: 'test', version: '1' }, resource: object = {}): object {
  return { resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] }
}

/** Attributes as OTLP has them: JSON and protobuf libraries take this form. */
export function attributesOf(values: Readonly<Record<string, string | number | boolean>>): object[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : typeof value === 'boolean' ? { boolValue: value } : Number.isInteger(value) ? { intValue: value } : { doubleValue: value },
  }))
}
