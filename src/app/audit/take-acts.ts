import { type ActRecord, ACTS_AT_ONCE } from '../../prove/sequence/journal-leaves.ts'
import type { AdminLeaf } from '../../prove/leaf/schema.ts'
import type { ControlStore } from '../../store/control.ts'
import type { Journal } from '../../store/journal.ts'

/**
 * Brings the acts that wait in the control store into the journal, of which the log is made; returns how many. They are
 * forgotten once the journal has them on disk: what fails before is brought again, and the log takes each once by its id.
 */
export async function takeActs(store: Pick<ControlStore, 'acts'>, journal: Journal): Promise<number> {
  let taken = 0
  for (;;) {
    const waiting = await store.acts.list(ACTS_AT_ONCE)
    if (waiting.length === 0) return taken
    const { lost } = journal.stats()
    for (const { id, act } of waiting) journal.append({ kind: 'act', schemaVersion: 1, id, leaf: act as AdminLeaf } satisfies ActRecord)
    await journal.flush()
    // What the journal had no room for is tried again the next time.
    if (journal.stats().lost > lost) return taken
    await store.acts.remove(waiting.at(-1)!.place)
    taken += waiting.length
  }
}

export interface TakingActs {
  readonly stop: () => Promise<void>
}

/** Takes them once a second, until it is stopped, and once more then. A store or a journal that refuses is said once, and tried again. */
export function startTakingActs(store: Pick<ControlStore, 'acts'>, journal: Journal, onFailure: (error: unknown) => void, everyMs = 1000): TakingActs {
  let running: Promise<void> = Promise.resolve()
  let failing = false
  const once = async (): Promise<void> => {
    try {
      await takeActs(store, journal)
      failing = false
    } catch (error) {
      if (!failing) onFailure(error)
      failing = true
    }
  }
  const take = (): void => {
    running = running.then(once)
  }
  const timer = setInterval(take, everyMs)
  timer.unref()
  take()
  return {
    stop: async () => {
      clearInterval(timer)
      take()
      await running
    },
  }
}
