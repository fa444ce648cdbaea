/** Loads a journal in small transactions and seals now and then, printing a character a step; starts over at its end. Killed by the test. */
import { writeSync } from 'node:fs'
import { journalReader } from '../../store/journal-file/read-journal.ts'
import { openDuckdbTelemetry } from '../../store/telemetry-duckdb/open-duckdb.ts'
import { CardinalityGuard } from './cardinality-guard.ts'
import { loadJournal } from './load-journal.ts'

const [folder = '', journal = '', sealBefore = '0'] = process.argv.slice(2)
const { read } = journalReader(journal)
const store = await openDuckdbTelemetry({ folder, memoryMb: 128, threads: 1 })
const guard = new CardinalityGuard(store)
for (;;) {
  const { more } = await loadJournal(read, store, guard, 2, 7)
  writeSync(1, 'l')
  await store.seal(Number(sealBefore))
  writeSync(1, more ? 's' : 'e')
}
