import type { LeakKind } from '../finding.ts'
import type { TraceBuilder } from './builder.ts'

/** A labelled case: traffic in which something is planted, or in which something only looks like a leak. */
export interface LabelledCase {
  readonly kind: LeakKind
  readonly name: string
  /** False: a look-alike; nothing may be found. */
  readonly leak: boolean
  readonly days: number
  /** Adds to a builder, whose random numbers give the sizes; plants what is waste. */
  readonly build: (builder: TraceBuilder) => void
}
