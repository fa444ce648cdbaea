/** The few messages that Spillway answers in protobuf: fields are written only where they are not the default. */

/** ExportTraceServiceResponse {partial_success = 1 {rejected_* = 1, error_message = 2}}, the same for metrics and logs. Empty = all was taken. */
export function partialSuccess(rejected: number, message: string): Buffer {
  if (rejected === 0 && message === '') return Buffer.alloc(0)
  return field(1, Buffer.concat([number(1, rejected), text(2, message)]))
}

/** google.rpc.Status {code = 1, message = 2}, with which OTLP answers a failure. */
export function rpcStatus(code: number, message: string): Buffer {
  return Buffer.concat([number(1, code), text(2, message)])
}

function text(id: number, value: string): Buffer {
  return value === '' ? Buffer.alloc(0) : field(id, Buffer.from(value))
}

function number(id: number, value: number): Buffer {
  return value === 0 ? Buffer.alloc(0) : Buffer.concat([varint(id << 3), varint(value)])
}

function field(id: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint((id << 3) | 2), varint(bytes.length), bytes])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest > 127) {
    bytes.push((rest % 128) | 128)
    rest = Math.floor(rest / 128)
  }
  bytes.push(rest)
  return Buffer.from(bytes)
}
