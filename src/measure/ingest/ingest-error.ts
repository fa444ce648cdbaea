/** Every reason for which a whole request is refused, with its HTTP status and google.rpc code. The codes are stable, the texts may improve. */
const CODES = {
  otlp_malformed: { status: 400, rpc: 3 },
  otlp_too_deep: { status: 400, rpc: 3 },
  otlp_too_many: { status: 413, rpc: 3 },
  invalid_json: { status: 400, rpc: 3 },
  invalid_shape: { status: 400, rpc: 3 },
  compression_broken: { status: 400, rpc: 3 },
  unsupported_encoding: { status: 415, rpc: 3 },
  unsupported_media_type: { status: 415, rpc: 3 },
  body_too_large: { status: 413, rpc: 8 },
  busy: { status: 429, rpc: 8 },
  not_durable: { status: 503, rpc: 14 },
} as const

export type IngestErrorCode = keyof typeof CODES

/** A request that is refused whole. What is wrong with one span or call of many is no error but a `Rejection`. */
export class IngestError extends Error {
  override readonly name = 'IngestError'
  readonly code: IngestErrorCode

  constructor(code: IngestErrorCode, message: string) {
    super(message)
    this.code = code
  }

  get status(): number {
    return CODES[this.code].status
  }

  /** google.rpc.Code, which OTLP clients read. */
  get rpc(): number {
    return CODES[this.code].rpc
  }
}
