import { closeSync, fsyncSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { strictIntents } from '../src/app/audit/strict-intents.ts'
import type { CallIntent } from '../src/core/call.ts'
import { seededRandom } from '../src/core/random.ts'
import { encodeLeaf } from '../src/prove/leaf/leaf.ts'
import { callLeaf } from '../src/prove/leaf/call-leaf.ts'
import { callRecord, KEYS } from '../src/prove/leaf/testing.ts'
import { createLog, openLog } from '../src/prove/log/open-log.ts'
import { newSigningKey, parseSigningKey } from '../src/prove/note/keys.ts'
import { verifyProof } from '../src/prove/note/tlog-proof.ts'
import { Sequencer } from '../src/prove/sequence/sequencer.ts'
import { directorySource } from '../src/prove/tiles/tile-source.ts'
import { carriedEntry, proveEntry } from '../src/prove/verify/prove-entry.ts'
import { verifyLog } from '../src/prove/verify/verify-log.ts'
import { openJournal } from '../src/store/journal-file/open-journal.ts'
import { journalReader } from '../src/store/journal-file/read-journal.ts'

/**
 * The audit log's speed on this disk: durable leaves a second by the size of a commit, the whole way from journal to log, full and
 * incremental verification, proofs. Run: npm run bench:audit [-- million leaves, default 1] [folder on the disk to measure]
 */

const LEAVES = Math.round(Number(process.argv[2] ?? 1) * 1_000_000)
const base = mkdtempSync(join(process.argv[3] ?? tmpdir(), 'spillway-bench-audit-'))
const signer = parseSigningKey(newSigningKey('bench.example/audit', Buffer.alloc(32, 1)))
const context = (seq: number) => ({ seq, build: 'bench', keys: KEYS })
const entries = Array.from({ length: 65_536 }, (_, n) => encodeLeaf(callLeaf(callRecord({ id: `call_${n}` }), context(n))))
const print = (what: string, figure: string): void => console.log(`${what.padEnd(62)} ${figure}`)
const rate = (count: number, start: number): number => count / ((performance.now() - start) / 1000)
/** CPU microseconds of this process for each of `count`, since `before`: what a busy machine does not distort. */
const cpuEach = (count: number, before: NodeJS.CpuUsage): string => {
  const { user, system } = process.cpuUsage(before)
  return `${((user + system) / count).toFixed(1)} us of CPU each`
}
const quantile = (sorted: readonly number[], q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!
const spread = (values: readonly number[], digits: number): string => {
  const sorted = values.toSorted((a, b) => a - b)
  return `${quantile(sorted, 0.5).toFixed(digits)} (${sorted[0]!.toFixed(digits)} to ${sorted.at(-1)!.toFixed(digits)})`
}
const optionsIn = (name: string) => ({ folder: join(base, name), privateFolder: join(base, `${name}-private`), signer })

console.log(`${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}; leaves of ${entries[0]!.length} bytes; ${base}\n`)

{
  const fd = openSync(join(base, 'fsync'), 'w')
  const block = Buffer.alloc(4096)
  const rates = Array.from({ length: 5 }, () => {
    const start = performance.now()
    for (let n = 0; n < 200; n++) {
      writeSync(fd, block)
      fsyncSync(fd)
    }
    return rate(200, start)
  })
  closeSync(fd)
  print('this disk: 4 KiB written and fsynced, a second', spread(rates, 0))
}

for (const size of [1, 256, 2048, 16_384]) {
  const options = optionsIn(`commit-${size}`)
  createLog(options)
  const log = await openLog(options)
  const commits = size === 1 ? 50 : size === 256 ? 40 : 12
  const rates: number[] = []
  for (let n = 0; n < commits; n++) {
    const start = performance.now()
    log.commit(entries.slice(0, size))
    rates.push(rate(size, start))
  }
  log.close()
  print(`durable leaves a second, ${size} a commit, median of ${commits}`, spread(rates, 0))
}

{
  const journal = await openJournal({ folder: join(base, 'journal'), clock: { now: () => 0 }, queueChars: 1e9 })
  const records = 100_000
  for (let n = 0; n < records; n++) journal.append(callRecord({ id: `call_${n}` }))
  await journal.close()
  const options = optionsIn('sequenced')
  createLog(options)
  const sequencer = new Sequencer({ log: await openLog(options), journal: journalReader(join(base, 'journal')), keys: KEYS, build: 'bench', clock: { now: () => 0 } })
  const [start, cpu] = [performance.now(), process.cpuUsage()]
  while (await sequencer.step());
  print('journal to log, records a second, one thread', `${rate(records, start).toFixed(0)}, ${cpuEach(records, cpu)}`)
}

{
  const journal = await openJournal({ folder: join(base, 'strict'), clock: { now: () => 0 } })
  const intend = strictIntents(journal, () => null)
  const intent = (n: number): CallIntent => ({ kind: 'intent', schemaVersion: 1, id: `call_${n}`, tenant: 'acme', keyId: 'key_1', api: 'chat', modelAsked: 'm', arrivedAt: 0, configVersion: 'bad78e649715' })
  const fd = openSync(join(base, 'fsync-strict'), 'w')
  const block = Buffer.alloc(4096)
  const timed = async (into: number[], what: () => Promise<void> | void): Promise<void> => {
    const start = performance.now()
    await what()
    into.push(performance.now() - start)
  }
  const [syncs, waits, crowd]: [number[], number[], number[]] = [[], [], []]
  // In turns, so that both meet the same disk.
  for (let n = 0; n < 1000; n++) {
    await timed(syncs, () => {
      writeSync(fd, block)
      fsyncSync(fd)
    })
    await timed(waits, () => intend(intent(n)))
  }
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      for (let n = 0; n < 100; n++) await timed(crowd, () => intend(intent(n)))
    }),
  )
  closeSync(fd)
  await journal.close()
  const p50 = (times: readonly number[]): number => quantile(times.toSorted((a, b) => a - b), 0.5)
  const p99 = (times: readonly number[]): number => quantile(times.toSorted((a, b) => a - b), 0.99)
  print('one fsync of this disk, ms', `p50 ${p50(syncs).toFixed(3)}, p99 ${p99(syncs).toFixed(3)}`)
  print('strict: what a call waits for its intent, ms, one at a time', `p50 ${p50(waits).toFixed(3)}, p99 ${p99(waits).toFixed(3)}; ${(p50(waits) / p50(syncs)).toFixed(2)} x one fsync`)
  print('the same, 32 calls at once', `p50 ${p50(crowd).toFixed(3)}, p99 ${p99(crowd).toFixed(3)}; ${(p50(crowd) / p50(syncs)).toFixed(2)} x one fsync`)
}

const big = optionsIn('big')
createLog(big)
{
  const log = await openLog(big)
  const start = performance.now()
  for (let at = 0; at < LEAVES; at += 16_384) log.commit(entries.slice(0, Math.min(16_384, LEAVES - at)))
  log.close()
  print(`a log of ${(LEAVES / 1e6).toFixed(1)} M leaves written, leaves a second`, rate(LEAVES, start).toFixed(0))
}

const source = directorySource(big.folder)
{
  const rates: number[] = []
  const cpu = process.cpuUsage()
  for (let round = 0; round < 3; round++) {
    const start = performance.now()
    const { problems, checked } = await verifyLog({ source, log: signer.verifier })
    if (problems.length > 0 || checked !== LEAVES) throw new Error('the log does not verify')
    rates.push(rate(checked, start))
  }
  print('full verification, leaves a second, one thread, 3 rounds', `${spread(rates, 0)}, ${cpuEach(3 * LEAVES, cpu)}`)
  print('memory of this process after it', `${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`)
  const start = performance.now()
  await verifyLog({ source, log: signer.verifier, since: readFileSync(join(big.folder, 'checkpoint')) })
  print('verification from a checkpoint of this size', `${(performance.now() - start).toFixed(1)} ms`)
}

{
  const random = seededRandom(1)
  const [times, sizes]: [number[], number[]] = [[], []]
  for (let n = 0; n < 300; n++) {
    const index = Math.floor(random() * LEAVES)
    const start = performance.now()
    const proof = Buffer.from(await proveEntry(source, signer.verifier, index))
    times.push(performance.now() - start)
    const entry = carriedEntry(proof)!
    verifyProof(proof, entry, signer.verifier)
    sizes.push(proof.length - Math.ceil(entry.length / 3) * 4 - 'extra \n'.length)
  }
  const sorted = times.toSorted((a, b) => a - b)
  print(`proof of an entry, made and checked, 300 of ${(LEAVES / 1e6).toFixed(1)} M`, `p50 ${quantile(sorted, 0.5).toFixed(2)} ms, p99 ${quantile(sorted, 0.99).toFixed(2)} ms`)
  print('proof without its entry, bytes', `${Math.min(...sizes)} to ${Math.max(...sizes)}`)
  const bytes = ['000', '001'].reduce((sum, name) => sum + statSync(join(big.folder, `tile/entries/${name}`)).size + statSync(join(big.folder, `tile/0/${name}`)).size, 0)
  print('bytes on disk a leaf, bundle and tile', (bytes / 512).toFixed(0))
}
rmSync(base, { recursive: true })
