import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeJournal } from '../journal.contract.ts'
import { memoryJournal } from './memory-journal.ts'
import { openJournal } from './open-journal.ts'

describeJournal('memory', () => ({ open: () => Promise.resolve(memoryJournal()), cleanUp: () => {}, survivesReopening: false }))

for (const [name, segmentBytes] of [['file', undefined], ['file, in segments of a few records', 300]] as const) {
  describeJournal(name, () => {
    const folder = mkdtempSync(join(tmpdir(), 'spillway-journal-'))
    return {
      open: () => openJournal({ folder, clock: { now: () => 1000 }, ...(segmentBytes === undefined ? {} : { segmentBytes }) }),
      cleanUp: () => rmSync(folder, { recursive: true }),
      survivesReopening: true,
    }
  })
}
