import type { ErrorCode } from '../../core/errors.ts'

/** What the thread that writes is started with, told and asked, and what it answers. Plain data. */
export interface WorkerSettings {
  readonly folder: string
  readonly segmentBytes: number
  readonly syncMs: number
  readonly syncBytes: number
  /** Unix ms, for gap records of the past. */
  readonly openedAt: number
}

export type ToWorker =
  /** Frames without their checksums, up to `end`. The memory is handed over. */
  | { readonly type: 'batch'; readonly memory: ArrayBuffer; readonly end: number }
  | { readonly type: 'flush'; readonly id: number }
  /** What comes next begins a new segment. */
  | { readonly type: 'seal' }
  | { readonly type: 'close' }

export type FromWorker =
  | { readonly type: 'ready'; readonly position: number }
  | { readonly type: 'refused'; readonly error: PlainError }
  /** So many records of batches are on disk, up to that position; their memory comes back. */
  | { readonly type: 'durable'; readonly records: number; readonly position: number; readonly memory: readonly ArrayBuffer[] }
  /** The disk refuses (or no more, null); writing is tried again. */
  | { readonly type: 'disk'; readonly failure: string | null }
  | { readonly type: 'flushed'; readonly id: number; readonly failure: string | null }
  | { readonly type: 'closed'; readonly failure: string | null }

export interface PlainError {
  readonly code: ErrorCode
  readonly message: string
  readonly mend: string
  readonly file: string | null
}
