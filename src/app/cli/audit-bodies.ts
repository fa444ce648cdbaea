import { Command } from 'commander'
import { SpillwayError } from '../../core/errors.ts'
import { type BodyRecord, bodyCommitment, openBody } from '../../prove/bodies/kept-body.ts'
import { decodeLeaf } from '../../prove/leaf/leaf.ts'
import { directorySource } from '../../prove/tiles/tile-source.ts'
import { entryAt } from '../../prove/tiles/tile-reader.ts'
import { currentCheckpoint, findEntry } from '../../prove/verify/prove-entry.ts'
import { journalReader } from '../../store/journal-file/read-journal.ts'
import { actBy } from '../audit/act.ts'
import { type AuditHome, readAudit } from '../audit/audit-home.ts'
import { bodiesFolder } from '../audit/start-bodies.ts'
import { recordAct } from './audit-acts.ts'
import { isBodyOf, isCall } from './audit-entry.ts'
import { print, shared, type Shared } from './audit-options.ts'
import { dataFolder, withDataDir } from './data-option.ts'
import type { Io } from './io.ts'

interface RevealOptions extends Shared {
  readonly purpose: string
}

export function revealCommand(io: Io): Command {
  return shared(new Command('reveal').description("show a call's bodies, checked against its leaf; who has done so goes into the log"))
    .argument('<call>', "the call's id, as in x-spillway-call-id")
    .requiredOption('--purpose <text>', 'why, for the log')
    .addHelpText('after', '\nExamples:\n  $ spillway audit reveal call_7Qm2XkP0aB3c --purpose "complaint 12"\n')
    .action((call: string, options: RevealOptions) => runReveal(call, options, io))
}

async function runReveal(call: string, options: RevealOptions, io: Io): Promise<void> {
  const data = dataFolder(options, io)
  const home = readAudit(data)
  const commitment = await commitmentOf(call, home)
  const record = await bodyOf(call, data)
  const { tenant, subject } = record
  const wrapped = await withDataDir(options, io, false, ({ store }) => store.subjects.get(tenant, subject))
  if (wrapped === null) throw new SpillwayError('AUDIT_BODY_ERASED', "the key of this call's user was erased", 'Nobody can read it any more; its leaf and the proofs stay')
  // In the log before anybody has read it.
  await recordAct(options, io, { leaf: 'body-read', tenant, call, purpose: options.purpose.slice(0, 256).toWellFormed() })
  const key = home.keys.unwrapSubjectKey(tenant, subject, wrapped)
  const plain = key === null ? null : openBody(key, record)
  if (plain === null || bodyCommitment(plain) !== commitment) throw new SpillwayError('AUDIT_DAMAGED', 'the kept body is not the one that the leaf was made of', 'It was changed, or another key is in its place: do not rely on it', { file: bodiesFolder(data) })
  const body = JSON.parse(plain.toString('utf8')) as Record<string, unknown>
  if (options.json === true) print(io, { ...body, commitment, plain: plain.toString('base64') })
  else io.stdout(`As the leaf has it: SHA-256 ${commitment}\n\nRequest\n${String(body['request'])}\n\nResponse\n${String(body['response'])}\n`)
}

async function commitmentOf(call: string, { log }: AuditHome): Promise<string> {
  const source = directorySource(log.folder)
  const { verifier } = log.signer
  const index = await findEntry(source, verifier, (entry) => isCall(entry, call))
  if (index === null) throw new SpillwayError('AUDIT_PROOF_INVALID', `no entry of the log is of the call ${call}`, 'Check the id; a call is in the log a second or two after it has ended')
  const { size } = await currentCheckpoint(source, verifier)
  const leaf = decodeLeaf(await entryAt(source, index, size))
  if (leaf.leaf === 'call' && leaf.body !== undefined) return leaf.body
  const later = await findEntry(source, verifier, (entry) => isBodyOf(entry, call))
  const kept = later === null ? null : decodeLeaf(await entryAt(source, later, size))
  if (kept?.leaf !== 'body-kept') throw new SpillwayError('AUDIT_BODY_MISSING', 'no bodies of this call were kept', 'They are kept where audit.bodies.keep says so, from then on')
  return kept.commitment
}

async function bodyOf(call: string, data: string): Promise<BodyRecord> {
  for await (const { record } of journalReader(bodiesFolder(data)).read(0)) {
    const body = record as BodyRecord
    if (body.kind === 'body' && body.call === call) return body
  }
  throw new SpillwayError('AUDIT_BODY_MISSING', 'the bodies of this call are not here', 'They are written within a second; a crash or a full disk may have lost them', { file: bodiesFolder(data) })
}

interface EraseOptions extends Shared {
  readonly tenant: string
  readonly user?: string
  readonly subject?: string
  readonly basis: string
}

export function eraseCommand(io: Io): Command {
  return shared(new Command('erase').description("delete the key of a user's bodies, so that nobody can read them; leaves and proofs stay"))
    .requiredOption('--tenant <id>', 'whose user it is')
    .option('--user <name>', 'the user, as calls have named it')
    .option('--subject <pseudonym>', 'or the pseudonym, as leaves have it')
    .requiredOption('--basis <text>', 'why, for the log, such as "GDPR Art. 17"')
    .addHelpText('after', '\nBackups of the control database keep the key as long as you keep them.\n\nExamples:\n  $ spillway audit erase --tenant acme --user maria@example.com --basis "GDPR Art. 17"\n')
    .action((options: EraseOptions) => runErase(options, io))
}

async function runErase(options: EraseOptions, io: Io): Promise<void> {
  const { tenant, user, basis } = options
  if ((user === undefined) === (options.subject === undefined)) throw new SpillwayError('CLI_USAGE', 'give --user or --subject', 'The pseudonym of a user stands in its leaves')
  const { keys } = readAudit(dataFolder(options, io))
  const subject = options.subject ?? keys.pseudonym(tenant, user!)
  if (!/^[0-9a-f]{32}$/u.test(subject)) throw new SpillwayError('CLI_USAGE', '--subject is no pseudonym', 'It has 32 hexadecimal digits')
  const act = actBy(io.env, io.now().getTime(), { leaf: 'erasure', tenant, subject, basis: basis.slice(0, 256).toWellFormed() })
  const erased = await withDataDir(options, io, false, ({ store }) => store.subjects.erase(tenant, subject, act))
  if (!erased) throw new SpillwayError('AUDIT_BODY_MISSING', 'no bodies of this user were kept, or they are erased already', 'Check the tenant and the name; nothing was changed')
  if (options.json === true) print(io, { tenant, subject })
  else io.stdout(`Erased: the bodies of subject ${subject} cannot be read any more. Proofs hold as before.\n`)
}
