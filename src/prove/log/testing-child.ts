/** Commits numbered entries as fast as it can and prints each number that a commit has promised. Killed by the test. */
import { writeSync } from 'node:fs'
import { openLog } from './open-log.ts'
import { SIGNER } from './testing.ts'

const [folder = '', privateFolder = ''] = process.argv.slice(2)
const log = await openLog({ folder, privateFolder, signer: SIGNER })
for (let next = log.size; ; ) {
  const upTo = next + 1 + ((next * 7) % 90)
  log.commit(Array.from({ length: upTo - next }, (_, n) => Buffer.from(`entry ${next + n}`)), String(upTo))
  next = upTo
  writeSync(1, `${next}\n`)
}
