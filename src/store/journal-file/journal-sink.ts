import type { Journal } from '../journal.ts'

/** `append` that never throws, for those who must not fail: after `close` a record is dropped, and counted. */
export function journalSink(journal: Journal): { readonly append: (record: object) => void; readonly dropped: () => number } {
  let dropped = 0
  return {
    append: (record) => {
      try {
        journal.append(record)
      } catch {
        dropped++
      }
    },
    dropped: () => dropped,
  }
}
