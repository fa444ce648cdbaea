import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { SpillwayError } from '../../core/errors.ts'
import { decodeLeaf } from '../../prove/leaf/leaf.ts'
import { VERIFIER_KEY } from '../../prove/log/log-files.ts'
import { openLog } from '../../prove/log/open-log.ts'
import { openCheckpoint } from '../../prove/note/checkpoint.ts'
import { parseVerifierKey, type Verifier } from '../../prove/note/keys.ts'
import { verifyProof } from '../../prove/note/tlog-proof.ts'
import { Sequencer } from '../../prove/sequence/sequencer.ts'
import { directorySource } from '../../prove/tiles/tile-source.ts'
import { carriedEntry, findEntry, proveEntry } from '../../prove/verify/prove-entry.ts'
import { verifyLog, type VerifyReport } from '../../prove/verify/verify-log.ts'
import { journalReader } from '../../store/journal-file/read-journal.ts'
import { auditFolder, createAudit, readAudit } from '../audit/audit-home.ts'
import { BUILD } from '../audit/build.ts'
import { journalFolder } from '../config/data-folder.ts'
import { dataFolder, dataOption, type DataOption } from './data-option.ts'
import type { Io } from './io.ts'
import { count } from './options.ts'

/** The exit status where verification finds something. */
const CHECK_FAILED = 3

interface Shared extends DataOption {
  readonly json?: boolean
}

interface KeyOption extends Shared {
  readonly key?: string
}

/** `spillway audit`: the log of calls that an outsider can verify. */
export function auditCommand(io: Io): Command {
  const init = shared(new Command('init').description('make an empty log and its keys'))
    .requiredOption('--origin <name>', "the log's name for ever, such as a domain and a path")
    .addHelpText('after', '\nExamples:\n  $ spillway audit init --origin example.com/spillway/audit\n  $ spillway audit init --origin example.com/audit --data /var/lib/spillway --json\n')
    .action((options: Shared & { readonly origin: string }) => runInit(options, io))
  const sequence = shared(new Command('sequence').description('take what the journal has into the log, once ("serve" with audit on does it by itself)'))
    .addHelpText('after', '\nExamples:\n  $ spillway audit sequence\n  $ spillway audit sequence --data /var/lib/spillway --json\n')
    .action((options: Shared) => runSequence(options, io))
  const verify = keyOption(new Command('verify').description('verify a log or a proof; exit status 3 where something is wrong'))
    .argument('[dir]', 'folder of a log (default: audit/ of the data directory)')
    .option('--since <file>', 'a checkpoint that was kept: the log must go on from it, only what came after is read')
    .option('--proof <file>', 'verify this proof of one entry instead of a log')
    .option('--entry <file>', 'the entry that it is about (default: the one that the proof carries)')
    .addHelpText('after', '\nExamples:\n  $ spillway audit verify\n  $ spillway audit verify /mnt/copy/audit --key verifier.key --since checkpoint.yesterday\n  $ spillway audit verify --proof call.tlog-proof --key verifier.key --json\n')
    .action((dir: string | undefined, options: VerifyOptions) => runVerify(dir, options, io))
  const prove = keyOption(new Command('prove').description('write the proof that a call is in the log'))
    .argument('[call]', "the call's id, as in x-spillway-call-id")
    .option('--index <n>', 'an entry by its number instead', count)
    .option('-o, --out <file>', 'where to (default: standard output)')
    .addHelpText('after', '\nExamples:\n  $ spillway audit prove call_7Qm2XkP0aB3c -o call.tlog-proof\n  $ spillway audit prove --index 0\n')
    .action((call: string | undefined, options: ProveOptions) => runProve(call, options, io))
  const checkpoint = keyOption(new Command('checkpoint').description('print the newest checkpoint, to be kept elsewhere'))
    .argument('[dir]', 'folder of a log (default: audit/ of the data directory)')
    .addHelpText('after', '\nExamples:\n  $ spillway audit checkpoint > /mnt/elsewhere/checkpoint\n  $ spillway audit checkpoint --json\n')
    .action((dir: string | undefined, options: KeyOption) => runCheckpoint(dir, options, io))
  return [init, sequence, verify, prove, checkpoint].reduce((audit, command) => audit.addCommand(command), new Command('audit').description('the log of calls that an outsider can verify'))
}

function shared(command: Command): Command {
  return dataOption(command).option('--json', 'print JSON')
}

function keyOption(command: Command): Command {
  return shared(command).option('--key <key>', "the log's verifier key or a file that holds it (default: verifier.key in the log)")
}

function runInit(options: Shared & { readonly origin: string }, io: Io): void {
  const { log } = createAudit(dataFolder(options, io), options.origin)
  const { text } = log.signer.verifier
  if (options.json === true) print(io, { folder: log.folder, origin: options.origin, verifierKey: text })
  else io.stdout(`Log in ${log.folder}\nVerifier key  ${text}\n\nPublish this key where your auditors find it without you. Keep audit-private/ in your backup and to yourself.\n`)
}

async function runSequence(options: Shared, io: Io): Promise<void> {
  const data = dataFolder(options, io)
  const { log: logOptions, keys } = readAudit(data)
  const log = await openLog(logOptions)
  try {
    const before = log.size
    const sequencer = new Sequencer({ log, journal: journalReader(journalFolder(data)), keys, build: BUILD, clock: { now: () => io.now().getTime() } })
    while (await sequencer.step()) if (io.progress) io.stderr(`${log.size} leaves\n`)
    if (options.json === true) print(io, { size: log.size, added: log.size - before, journal: sequencer.position })
    else io.stdout(`${log.size - before} leaves added, ${log.size} in all.\n`)
  } finally {
    log.close()
  }
}

interface VerifyOptions extends KeyOption {
  readonly since?: string
  readonly proof?: string
  readonly entry?: string
}

async function runVerify(dir: string | undefined, options: VerifyOptions, io: Io): Promise<void> {
  const folder = dir ?? auditFolder(dataFolder(options, io))
  const log = verifierOf(folder, options.key)
  if (options.proof !== undefined) return runVerifyProof(options.proof, log, options, io)
  const since = options.since === undefined ? {} : { since: readNamed(options.since) }
  const report = await verifyLog({ source: directorySource(folder), log, ...since, ...(io.progress ? { onProgress: progressTo(io) } : {}) })
  if (options.json === true) print(io, { ok: report.problems.length === 0, origin: report.origin, size: report.size, root: base64(report.root), checked: report.checked, keyFromLog: options.key === undefined, problems: report.problems.map((problem) => problem.toJSON().error) })
  else io.stdout(verdict(report, options))
  if (report.problems.length > 0) process.exitCode = CHECK_FAILED
}

function verdict({ origin, size, root, checked, problems }: VerifyReport, { key, since }: VerifyOptions): string {
  if (problems.length > 0) return `NOT as it was signed: ${origin}\n${problems.map((problem) => `  ${problem.toLine()}\n`).join('')}`
  const notes = [
    ...(key === undefined ? ['The key came from the log itself: compare it with the published one, or give it with --key.'] : []),
    ...(since === undefined ? ['Whoever has the signing key could have rewritten all of it: compare with a checkpoint kept elsewhere (--since).'] : []),
  ]
  return `As it was signed: ${origin}, ${size} entries, ${checked} of them read, root ${base64(root)}\n${notes.map((note) => `${note}\n`).join('')}`
}

function runVerifyProof(file: string, log: Verifier, options: VerifyOptions, io: Io): void {
  const proof = readNamed(file)
  const entry = options.entry === undefined ? carriedEntry(proof) : readNamed(options.entry)
  if (entry === null) throw new SpillwayError('CLI_USAGE', 'the proof carries no entry', 'Give the entry with --entry', { file })
  const { index, size, origin } = verifyProof(proof, entry, log)
  if (options.json === true) print(io, { ok: true, origin, index: String(index), size: String(size), leaf: decodeLeaf(entry) })
  else io.stdout(`In the log: entry ${index} of ${size} in ${origin}\n${entry.toString('utf8')}\n`)
}

interface ProveOptions extends KeyOption {
  readonly index?: number
  readonly out?: string
}

async function runProve(call: string | undefined, options: ProveOptions, io: Io): Promise<void> {
  if ((call === undefined) === (options.index === undefined)) throw new SpillwayError('CLI_USAGE', 'give the id of a call or --index', 'Add --help for examples')
  const folder = auditFolder(dataFolder(options, io))
  const source = directorySource(folder)
  const log = verifierOf(folder, options.key)
  const index = options.index ?? (await findEntry(source, log, (entry) => isCall(entry, call!)))
  if (index === null) throw new SpillwayError('AUDIT_PROOF_INVALID', `no entry of the log is of the call ${call}`, 'Check the id; a call is in the log a second or two after it has ended')
  const proof = await proveEntry(source, log, index)
  if (options.out === undefined) io.stdout(proof)
  else writeFileSync(options.out, proof)
  if (options.out !== undefined) io.stderr(`Entry ${index}, proven in ${options.out}\n`)
}

function isCall(entry: Buffer, id: string): boolean {
  // The text is looked for first: to decode every leaf would take many times as long.
  if (!entry.includes(JSON.stringify(id))) return false
  const leaf = decodeLeaf(entry)
  return leaf.leaf === 'call' && leaf.id === id
}

function runCheckpoint(dir: string | undefined, options: KeyOption, io: Io): void {
  const folder = dir ?? auditFolder(dataFolder(options, io))
  const bytes = readNamed(join(folder, 'checkpoint'))
  const { origin, size, root } = openCheckpoint(bytes, verifierOf(folder, options.key))
  if (options.json === true) print(io, { origin, size: String(size), root: base64(root) })
  else io.stdout(bytes.toString('utf8'))
}

/** A key itself, a file of it, or the one that lies in the log. */
function verifierOf(folder: string, key: string | undefined): Verifier {
  return parseVerifierKey(key !== undefined && key.includes('+') ? key : readNamed(key ?? join(folder, VERIFIER_KEY)).toString('utf8'))
}

function readNamed(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new SpillwayError('FILE_NOT_FOUND', 'there is no such file', 'Check the path; the log of a data directory is in its folder audit/', { file })
    throw new SpillwayError('FILE_NOT_READABLE', `the file cannot be read (${code ?? 'unknown'})`, 'Check its permissions', { file }, { cause: error })
  }
}

function progressTo(io: Io): (checked: number, size: number) => void {
  return (checked, size) => {
    if (checked % 65_536 === 0) io.stderr(`${checked} of ${size}\n`)
  }
}

function base64(hash: Uint8Array): string {
  return Buffer.from(hash).toString('base64')
}

function print(io: Io, value: unknown): void {
  io.stdout(`${JSON.stringify(value, null, 2)}\n`)
}
