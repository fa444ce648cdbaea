import type { Notice } from '../../measure/alert/alert-book.ts'

/** Where notices go. */
export interface Channel {
  /** For logs and people: names no secret. */
  readonly name: string
  /** Rejects where the notice was not taken, with an Error whose message is fit for a log. */
  readonly send: (notice: Notice, signal: AbortSignal) => Promise<void>
  readonly close: () => void
}
