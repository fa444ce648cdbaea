import type { LeakKind, Subject } from './finding.ts'
import type { Load } from './load.ts'
import type { Step } from './step.ts'

/** What a detector claims after the first pass; what it is worth is counted in the second. */
export interface Suspicion {
  readonly kind: LeakKind
  readonly subject: Subject
  readonly what: string
  readonly mend: string
  readonly confidence: number
  readonly hypothesis: boolean
  readonly figures: Readonly<Record<string, number | string>>
  /** Told even where it cost nothing. */
  readonly freeToo?: boolean
  /** What it would claim if no other mend took anything first; a claim of which less than a third is left is explained by the others. */
  readonly allNanoUsd?: number
}

/** What a mend makes of a call: `load` null = the call would not be. */
export interface Mended {
  readonly suspicion: Suspicion
  readonly load: Load | null
}

export type Mender = (step: Step, load: Load) => Mended | null

/**
 * One kind of leak. Sees every step once, oldest first, in bounded memory; then says what it found; then mends, over as many
 * readings of the same steps as are wanted, each with a mender of its own.
 */
export interface Detector {
  readonly see: (step: Step) => void
  readonly find: () => readonly Suspicion[]
  readonly mender: () => Mender
  /** What it could not watch, in words; null = nothing. */
  readonly limit: () => string | null
}
