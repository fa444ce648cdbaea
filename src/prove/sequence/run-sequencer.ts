import { SpillwayError } from '../../core/errors.ts'
import type { LogWriter } from '../log/log-writer.ts'
import { checkJournal, Sequencer, type SequencerOptions } from './sequencer.ts'

export interface RunOptions extends Omit<SequencerOptions, 'log'> {
  readonly open: () => Promise<LogWriter>
  /** The position after the last record of the journal: AUDIT_JOURNAL_BEHIND where the log has already been further. */
  readonly journalEnd: () => number
  /** Given up when it is aborted: what the journal has by then is still taken. */
  readonly signal: AbortSignal
  /** Resolves after so many milliseconds, or at once when the signal is aborted. */
  readonly wait: (ms: number) => Promise<void>
  /** Told of each commit, and of a disk that refuses. */
  readonly onCommit?: (size: number, position: number) => void
  readonly onFailure?: (error: SpillwayError) => void
}

/** Between two checkpoints at least, while there is news. */
export const COMMIT_MS = 1000

/**
 * Sequences until it is told to stop: at most one checkpoint a second. A disk that refuses is not the end: the log is opened
 * anew, which finds out what has reached it, and goes on from there.
 */
export async function runSequencer({ open, journalEnd, signal, wait, onCommit, onFailure, ...options }: RunOptions): Promise<void> {
  let begun = false
  for (;;) {
    let log: LogWriter | undefined
    try {
      log = await open()
      const sequencer = new Sequencer({ ...options, log })
      checkJournal(sequencer.position, journalEnd())
      if (!begun) sequencer.start()
      for (;;) {
        const more = await sequencer.step()
        begun = true
        onCommit?.(log.size, sequencer.position)
        if (signal.aborted && !more) break
        await wait(COMMIT_MS)
      }
      sequencer.stop('stopped by its operator')
      await sequencer.step()
      onCommit?.(log.size, sequencer.position)
      return
    } catch (error) {
      if (!(error instanceof SpillwayError) || error.code !== 'AUDIT_WRITE_FAILED') throw error
      onFailure?.(error)
      if (signal.aborted) return
    } finally {
      log?.close()
    }
    await wait(COMMIT_MS)
  }
}
