import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { SpillwayError } from '../../core/errors.ts'
import { VERIFIER_KEY } from '../../prove/log/log-files.ts'
import { openLog } from '../../prove/log/open-log.ts'
import { openCheckpoint } from '../../prove/note/checkpoint.ts'
import { checkJournal, Sequencer } from '../../prove/sequence/sequencer.ts'
import { directorySource } from '../../prove/tiles/tile-source.ts'
import { witnessedSource } from '../../prove/verify/witnessed-source.ts'
import { currentCheckpoint, findEntry, proveEntry } from '../../prove/verify/prove-entry.ts'
import { hasControl } from '../../store/control/data-dir.ts'
import { journalEnd } from '../../store/journal-file/list-segments.ts'
import { openJournal } from '../../store/journal-file/open-journal.ts'
import { journalReader } from '../../store/journal-file/read-journal.ts'
import { auditFolder, createAudit, readAudit } from '../audit/audit-home.ts'
import { BUILD } from '../audit/build.ts'
import { takeActs } from '../audit/take-acts.ts'
import { journalFolder } from '../config/data-folder.ts'
import { incidentCommand, reviewCommand } from './audit-acts.ts'
import { eraseCommand, revealCommand } from './audit-bodies.ts'
import { articlesCommand, coverageCommand } from './audit-coverage.ts'
import { isCall } from './audit-entry.ts'
import { exportCommand } from './audit-export.ts'
import { matchCommand } from './audit-match.ts'
import { base64, keyOption, type KeyOption, policyOf, print, readNamed, shared, type Shared, verifierOf } from './audit-options.ts'
import { pruneCommand } from './audit-prune.ts'
import { timestampCommand } from './audit-timestamp.ts'
import { verifyCommand } from './audit-verify.ts'
import { dataFolder, withDataDir } from './data-option.ts'
import type { Io } from './io.ts'
import { count } from './options.ts'

/** `spillway audit`: the log of calls that an outsider can verify. */
export function auditCommand(io: Io): Command {
  const init = shared(new Command('init').description('make an empty log and its keys'))
    .requiredOption('--origin <name>', "the log's name for ever, such as a domain and a path")
    .addHelpText('after', '\nExamples:\n  $ spillway audit init --origin example.com/spillway/audit\n  $ spillway audit init --origin example.com/audit --data /var/lib/spillway --json\n')
    .action((options: Shared & { readonly origin: string }) => runInit(options, io))
  const sequence = shared(new Command('sequence').description('take what the journal has into the log, once ("serve" with audit on does it by itself)'))
    .addHelpText('after', '\nExamples:\n  $ spillway audit sequence\n  $ spillway audit sequence --data /var/lib/spillway --json\n')
    .action((options: Shared) => runSequence(options, io))
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
  return [init, sequence, verifyCommand(io), prove, exportCommand(io), coverageCommand(io), articlesCommand(io), reviewCommand(io), incidentCommand(io), timestampCommand(io), pruneCommand(io), revealCommand(io), matchCommand(io), eraseCommand(io), checkpoint].reduce((audit, command) => audit.addCommand(command), new Command('audit').description('the log of calls that an outsider can verify'))
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
    checkJournal(sequencer.position, await journalEnd(journalFolder(data)))
    await takeWaitingActs(data, options, io)
    while (await sequencer.step()) if (io.progress) io.stderr(`${log.size} leaves\n`)
    if (options.json === true) print(io, { size: log.size, added: log.size - before, journal: sequencer.position })
    else io.stdout(`${log.size - before} leaves added, ${log.size} in all.\n`)
  } finally {
    log.close()
  }
}

/** What the command line has recorded; a server that runs without a log takes it by itself. */
async function takeWaitingActs(data: string, options: Shared, io: Io): Promise<void> {
  if (!hasControl(data)) return
  await withDataDir(options, io, false, async ({ store }) => {
    if ((await store.acts.list(1)).length === 0) return
    const journal = await openJournal({ folder: journalFolder(data), clock: { now: () => io.now().getTime() } }).catch((error: unknown) => {
      if (error instanceof SpillwayError && error.code === 'JOURNAL_LOCKED') return null
      throw error
    })
    if (journal === null) return
    try {
      await takeActs(store, journal)
    } finally {
      await journal.close()
    }
  })
}

interface ProveOptions extends KeyOption {
  readonly index?: number
  readonly out?: string
}

async function runProve(call: string | undefined, options: ProveOptions, io: Io): Promise<void> {
  if ((call === undefined) === (options.index === undefined)) throw new SpillwayError('CLI_USAGE', 'give the id of a call or --index', 'Add --help for examples')
  const folder = auditFolder(dataFolder(options, io))
  const source = directorySource(folder)
  const log = await verifierOf(options.key, () => source.read(VERIFIER_KEY))
  const index = options.index ?? (await findEntry(source, log, (entry) => isCall(entry, call!)))
  if (index === null) throw new SpillwayError('AUDIT_PROOF_INVALID', `no entry of the log is of the call ${call}`, 'Check the id; a call is in the log a second or two after it has ended')
  const witnessed = await witnessedSource(source, log, await policyOf(undefined, source))
  // An entry that the witnesses have not signed for yet is proven by the log's own checkpoint.
  const proof = await proveEntry(witnessed !== null && index < (await currentCheckpoint(witnessed, log)).size ? witnessed : source, log, index)
  if (options.out === undefined) io.stdout(proof)
  else writeFileSync(options.out, proof)
  if (options.out !== undefined) io.stderr(`Entry ${index}, proven in ${options.out}\n`)
}

async function runCheckpoint(dir: string | undefined, options: KeyOption, io: Io): Promise<void> {
  const folder = dir ?? auditFolder(dataFolder(options, io))
  const bytes = readNamed(join(folder, 'checkpoint'))
  const { origin, size, root } = openCheckpoint(bytes, await verifierOf(options.key, () => directorySource(folder).read(VERIFIER_KEY)))
  if (options.json === true) print(io, { origin, size: String(size), root: base64(root) })
  else io.stdout(bytes.toString('utf8'))
}
