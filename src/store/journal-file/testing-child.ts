/**
 * Appends numbered records as fast as it can and prints each number that a flush has promised. With `maxBytes` it removes old
 * segments all the while. Killed by the test.
 */
import { writeSync } from 'node:fs'
import { keepJournal } from './keep-journal.ts'
import { openJournal } from './open-journal.ts'

const [folder = '', first = '0', segmentBytes = '20000', maxBytes] = process.argv.slice(2)
const journal = await openJournal({ folder, clock: { now: () => 1000 }, segmentBytes: Number(segmentBytes), syncMs: 1 })
if (maxBytes !== undefined) {
  const keeper = keepJournal({
    folder,
    journal,
    limits: () => ({ keepMs: null, maxBytes: Number(maxBytes) }),
    clock: { now: () => 1000 },
    onUnread: () => {},
    onTrouble: (error) => {
      throw error ?? new Error('it works again')
    },
    later: (work) => {
      const soon = setImmediate(work)
      return () => clearImmediate(soon)
    },
  })
  keeper.start()
}
let next = Number(first)
for (;;) {
  const upTo = next + 40
  for (; next < upTo; next++) journal.append({ n: next, text: 'x'.repeat((next * 7) % 300) })
  try {
    await journal.flush()
    writeSync(1, `${next}\n`)
  } catch (error) {
    writeSync(1, `failed ${(error as { code?: string }).code} ${next}\n`)
    break
  }
}
