/** Hard caps on what one request may hold. */
export interface IngestLimits {
  /** After decompression. */
  readonly bodyBytes: number
  /** Spans, calls or events of a request. */
  readonly items: number
  /** Attributes of a span or a resource; those beyond are not read. */
  readonly attributes: number
  /** Events of a span; those beyond are not read. */
  readonly events: number
  /** Lists and maps inside an attribute's value. */
  readonly depth: number
  /** Bytes of one attribute's value; a longer one counts as absent. */
  readonly valueBytes: number
}

export const INGEST_LIMITS: IngestLimits = { bodyBytes: 16 * 1024 * 1024, items: 50_000, attributes: 512, events: 128, depth: 16, valueBytes: 1024 * 1024 }
