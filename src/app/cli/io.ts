/** What a command may touch of the outside world; tests pass their own. */
export interface Io {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  /** Asks a person; null where nobody can answer (no terminal). */
  readonly ask: ((question: string) => Promise<string>) | null
  /** Columns of the terminal, at most 100 used; 100 where there is none. */
  readonly columns: number
  /** Whether stdout shows color. */
  readonly color: boolean
  /** Whether stderr is a terminal, so that a progress bar may redraw. */
  readonly progress: boolean
  /** Whether stdout is a terminal that may be redrawn. */
  readonly live?: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: () => Date
}
