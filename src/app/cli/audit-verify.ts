import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { SpillwayError } from '../../core/errors.ts'
import { SUMS } from '../../prove/bundle/bundle-format.ts'
import { folderReader } from '../../prove/bundle/bundle-folder.ts'
import { verifyBundle } from '../../prove/bundle/verify-bundle.ts'
import { decodeLeaf } from '../../prove/leaf/leaf.ts'
import { CHECKPOINT, VERIFIER_KEY } from '../../prove/log/log-files.ts'
import type { Verified, Verifier } from '../../prove/note/keys.ts'
import type { Policy } from '../../prove/note/policy.ts'
import { verifyProof } from '../../prove/note/tlog-proof.ts'
import { httpSource } from '../../prove/tiles/http-source.ts'
import { directorySource, type TileSource } from '../../prove/tiles/tile-source.ts'
import { carriedEntry } from '../../prove/verify/prove-entry.ts'
import { witnessedSource } from '../../prove/verify/witnessed-source.ts'
import { verifyLog, type VerifyReport } from '../../prove/verify/verify-log.ts'
import { auditFolder } from '../audit/audit-home.ts'
import { checkTimestamps, type Timestamp } from '../audit/check-timestamps.ts'
import { base64, CHECK_FAILED, keyOption, type KeyOption, policyOf, print, readNamed, verifierOf } from './audit-options.ts'
import { dataFolder } from './data-option.ts'
import type { Io } from './io.ts'

interface VerifyOptions extends KeyOption {
  readonly policy?: string
  readonly since?: string
  readonly tsaCa?: string
  readonly proof?: string
  readonly entry?: string
  readonly secret?: string
}

export function verifyCommand(io: Io): Command {
  return keyOption(new Command('verify').description('verify a log, an export or a proof; exit status 3 where something is wrong'))
    .argument('[log]', 'folder or http(s) address of a log, or folder of an export (default: audit/ of the data directory)')
    .option('--policy <file>', 'whose signatures the checkpoint needs (C2SP tlog-policy; default: the file "policy" beside it, if any)')
    .option('--since <file>', 'a checkpoint that was kept: the log must go on from it, only what came after is read')
    .option('--tsa-ca <file>', 'verify its timestamps too (RFC 3161), with openssl and this certificate of the authority')
    .option('--secret <where>', 'the key to read a log at an address with, as env:NAME or file:/path (scope "audit")')
    .option('--proof <file>', 'verify this proof of one entry instead of a log')
    .option('--entry <file>', 'the entry that it is about (default: the one that the proof carries)')
    .addHelpText('after', '\nExamples:\n  $ spillway audit verify\n  $ spillway audit verify /mnt/copy/audit --key verifier.key --since checkpoint.yesterday\n  $ spillway audit verify https://audit.example.com/log --key verifier.key\n  $ spillway audit verify https://gateway.example.com/audit --secret env:AUDIT_KEY\n  $ spillway audit verify ./export --key verifier.key --policy policy\n  $ spillway audit verify --proof call.tlog-proof --key verifier.key --json\n')
    .action((place: string | undefined, options: VerifyOptions) => runVerify(place, options, io))
}

async function runVerify(place: string | undefined, options: VerifyOptions, io: Io): Promise<void> {
  const at = place ?? auditFolder(dataFolder(options, io))
  const source = /^https?:\/\//u.test(at) ? httpSource(at, { secret: options.secret === undefined ? null : secretAt(options.secret, io) }) : directorySource(at)
  if (options.tsaCa !== undefined && /^https?:\/\//u.test(at)) throw new SpillwayError('CLI_USAGE', 'timestamps are verified in a folder', 'Give a copy of the log')
  const log = await verifierOf(options.key, () => source.read(VERIFIER_KEY))
  if (options.proof !== undefined) return runVerifyProof(options.proof, log, await policyOf(options.policy, null), options, io)
  const policy = await policyOf(options.policy, source)
  if (existsSync(join(at, SUMS))) return runVerifyBundle(at, log, policy, options, io)
  const since = options.since === undefined ? {} : { since: readNamed(options.since) }
  const witnessed = await witnessedSource(source, log, policy)
  const report = await verifyLog({ source: witnessed ?? source, log, witnesses: policy.witnesses, ...since, ...(io.progress ? { onProgress: progressTo(io) } : {}) })
  const later = witnessed === null || witnessed === source ? null : await verifyLater(source, witnessed, log)
  const stamps = options.tsaCa === undefined || report.problems.length > 0 ? [] : await checkTimestamps(at, log, options.tsaCa)
  const problems = [...report.problems, ...(later?.problems ?? []), ...(witnessed === null ? [unwitnessed()] : [])]
  if (options.json === true) print(io, { ok: problems.length === 0, origin: report.origin, size: report.size, root: base64(report.root), checked: report.checked, first: report.first, unwitnessed: later === null ? 0 : later.size - report.size, cosigned: cosignedJson(report.cosigned), timestamps: stamps, keyFromLog: options.key === undefined, problems: problems.map((problem) => problem.toJSON().error) })
  else io.stdout(stampText(stamps, options) + verdict({ ...report, problems }, options, later === null ? 0 : later.size - report.size))
  if (problems.length > 0) process.exitCode = CHECK_FAILED
}

/** The secret that `env:NAME` or `file:/path` stands for: on a command line everybody on the machine could read it. */
function secretAt(where: string, io: Io): string {
  const [, kind, name = ''] = /^(env|file):(.+)$/u.exec(where) ?? []
  const secret = kind === 'env' ? io.env[name] : kind === 'file' ? readNamed(name).toString('utf8').trim() : undefined
  if (secret === undefined || !/^[\x21-\x7e]{1,4096}$/u.test(secret)) throw new SpillwayError('CLI_USAGE', '--secret names no secret', 'Give env:NAME or file:/path of a key with the scope "audit"')
  return secret
}

async function runVerifyBundle(folder: string, log: Verifier, policy: Policy, options: VerifyOptions, io: Io): Promise<void> {
  const { origin, size, entries, cosigned, problems } = await verifyBundle(folderReader(folder), log, policy)
  if (options.json === true) print(io, { ok: problems.length === 0, origin, size, entries, cosigned: cosignedJson(cosigned), keyFromLog: options.key === undefined, problems: problems.map((problem) => problem.toJSON().error) })
  else if (problems.length > 0) io.stdout(`NOT as it was signed: ${origin}\n${problems.map((problem) => `  ${problem.toLine()}\n`).join('')}`)
  else io.stdout(`As it was signed: ${entries} of the ${size} entries in ${origin}\n${notes(cosigned, options, 'the export')}`)
  if (problems.length > 0) process.exitCode = CHECK_FAILED
}

/** What the log has signed for since its newest checkpoint that witnesses have signed: it must go on from that. */
async function verifyLater(source: TileSource, witnessed: TileSource, log: Verifier): Promise<VerifyReport> {
  return verifyLog({ source, log, since: (await witnessed.read(CHECKPOINT))! })
}

function verdict({ origin, size, root, checked, first, cosigned, problems }: VerifyReport, options: VerifyOptions, later: number): string {
  if (problems.length > 0) return `NOT as it was signed: ${origin}\n${problems.map((problem) => `  ${problem.toLine()}\n`).join('')}`
  return `As it was signed: ${origin}, ${size} entries, ${checked} of them read, root ${base64(root)}\n${first > 0 ? `Entries 0 to ${first - 1} were removed after their time; the log's key says so, and their hashes are here.\n` : ''}${later > 0 ? `${later} entries after these are not signed by enough witnesses yet.\n` : ''}${notes(cosigned, options, 'the log itself')}`
}

function stampText(stamps: readonly Timestamp[], { tsaCa }: VerifyOptions): string {
  if (tsaCa !== undefined && stamps.length === 0) return 'There is no timestamp.\n'
  return stamps.map(({ size, time }) => `Timestamp: the first ${size} entries were there at ${time}\n`).join('')
}

/** What a good verdict does not say. */
function notes(cosigned: readonly Verified[], { key, policy, since }: VerifyOptions, where: string): string {
  const lines = [
    ...cosigned.map(({ name, time }) => `Witnessed by ${name}${time === null ? '' : ` at ${new Date(Number(time) * 1000).toISOString()}`}`),
    ...(key === undefined ? [`The key came from ${where}: compare it with the published one, or give it with --key.`] : []),
    ...(cosigned.length > 0 && policy === undefined ? [`The policy that says who must sign came from ${where}: give your own with --policy.`] : []),
    ...(since === undefined && cosigned.length === 0 ? ['Whoever has the signing key could have rewritten all of it: compare with a checkpoint kept elsewhere (--since), or have witnesses sign.'] : []),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

function cosignedJson(cosigned: readonly Verified[]): object[] {
  return cosigned.map(({ name, key, time }) => ({ name, key, at: time === null ? null : new Date(Number(time) * 1000).toISOString() }))
}

function unwitnessed(): SpillwayError {
  return new SpillwayError('AUDIT_SIGNATURE_INVALID', 'the checkpoint is not signed by the witnesses that the policy asks for', 'Wait until they have signed, or ask them which checkpoint they know', { file: CHECKPOINT })
}

function runVerifyProof(file: string, log: Verifier, policy: Policy, options: VerifyOptions, io: Io): void {
  const proof = readNamed(file)
  const entry = options.entry === undefined ? carriedEntry(proof) : readNamed(options.entry)
  if (entry === null) throw new SpillwayError('CLI_USAGE', 'the proof carries no entry', 'Give the entry with --entry', { file })
  const { index, size, origin, cosigned } = verifyProof(proof, entry, log, policy.witnesses)
  if (!policy.satisfied(new Set(cosigned.map(({ key }) => key)))) throw unwitnessed()
  if (options.json === true) print(io, { ok: true, origin, index: String(index), size: String(size), cosigned: cosignedJson(cosigned), leaf: decodeLeaf(entry) })
  else io.stdout(`In the log: entry ${index} of ${size} in ${origin}\n${entry.toString('utf8')}\n`)
}

function progressTo(io: Io): (checked: number, size: number) => void {
  return (checked, size) => {
    if (checked % 65_536 === 0) io.stderr(`${checked} of ${size}\n`)
  }
}
