import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { seededRandom } from '../src/core/random.ts'
import { createLog, openLog } from '../src/prove/log/open-log.ts'
import { MAX_COMMIT_ENTRIES } from '../src/prove/log/log-writer.ts'
import { newSigningKey, parseSigningKey } from '../src/prove/note/keys.ts'
import { verifyProof } from '../src/prove/note/tlog-proof.ts'
import { directorySource } from '../src/prove/tiles/tile-source.ts'
import { carriedEntry, proveEntry } from '../src/prove/verify/prove-entry.ts'

/**
 * Size and time of proofs in a large log, whose entries are short so that the disk need not be: neither depends on their length.
 * Run: npm run bench:audit-proofs [-- million entries, default 10] [folder on the disk to measure]
 */

const SIZE = Math.round(Number(process.argv[2] ?? 10) * 1_000_000)
const PROOFS = 1000
const base = mkdtempSync(join(process.argv[3] ?? tmpdir(), 'spillway-bench-proofs-'))
const signer = parseSigningKey(newSigningKey('bench.example/audit', Buffer.alloc(32, 1)))
const options = { folder: join(base, 'log'), privateFolder: join(base, 'private'), signer }

createLog(options)
const log = await openLog(options)
const begun = performance.now()
while (log.size < SIZE) log.commit(Array.from({ length: Math.min(MAX_COMMIT_ENTRIES, SIZE - log.size) }, (_, n) => Buffer.from(`entry ${log.size + n}`)))
log.close()
console.log(`${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}; ${SIZE} entries written in ${((performance.now() - begun) / 1000).toFixed(0)} s`)

const random = seededRandom(1)
const source = directorySource(options.folder)
const [times, sizes]: [number[], number[]] = [[], []]
for (let n = 0; n < PROOFS; n++) {
  const index = Math.floor(random() * SIZE)
  const start = performance.now()
  const proof = Buffer.from(await proveEntry(source, signer.verifier, index))
  times.push(performance.now() - start)
  const entry = carriedEntry(proof)!
  verifyProof(proof, entry, signer.verifier)
  sizes.push(proof.length - Math.ceil(entry.length / 3) * 4 - 'extra \n'.length)
}
times.sort((a, b) => a - b)
console.log(`${PROOFS} proofs, each with nothing kept in memory: p50 ${times[PROOFS / 2]!.toFixed(2)} ms, p99 ${times[Math.floor(PROOFS * 0.99)]!.toFixed(2)} ms, longest ${times.at(-1)!.toFixed(2)} ms`)
console.log(`bytes of a proof without its entry: ${Math.min(...sizes)} to ${Math.max(...sizes)}`)
rmSync(base, { recursive: true })
