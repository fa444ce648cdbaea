import { Command, InvalidArgumentError } from 'commander'
import { SpillwayError } from '../../core/errors.ts'
import { nodeLogFs } from '../../prove/log/log-fs.ts'
import { firstEntry, prunableUntil, pruneLog } from '../../prove/log/pruned.ts'
import { directorySource } from '../../prove/tiles/tile-source.ts'
import { currentCheckpoint } from '../../prove/verify/prove-entry.ts'
import { readAudit } from '../audit/audit-home.ts'
import { recordAct } from './audit-acts.ts'
import { print, shared, type Shared } from './audit-options.ts'
import { dataFolder } from './data-option.ts'
import type { Io } from './io.ts'
import { count } from './options.ts'

/** Six months are the least that EU AI Act, Art. 19(1) and 26(6), ask for; below it the reason has to be written down. */
const FLOOR_DAYS = 184
const DEFAULT_DAYS = 200
const MS_PER_DAY = 86_400_000

interface PruneOptions extends Shared {
  readonly days: number
  readonly system?: ReadonlyMap<string, number>
  readonly override?: string
  readonly dryRun?: boolean
}

export function pruneCommand(io: Io): Command {
  return shared(new Command('prune').description('remove entries that are older than the log has to keep; proofs of the others hold as before'))
    .option('--days <n>', 'keep this many days', count, DEFAULT_DAYS)
    .option('--system <id=days>', 'keep the calls of this AI system (audit.systems) longer; may be repeated', systemDays)
    .option('--override <reason>', `why less than ${FLOOR_DAYS} days are enough: it goes into the log`)
    .option('--dry-run', 'say what would be removed, and remove nothing')
    .addHelpText('after', '\nNothing is ever removed without this command. Copies and backups keep what they hold.\n\nExamples:\n  $ spillway audit prune --dry-run\n  $ spillway audit prune --days 400\n  $ spillway audit prune --system triage=3650\n')
    .action((options: PruneOptions) => runPrune(options, io))
}

/** `triage=3650`: one more system, with the days that its calls stay. */
function systemDays(text: string, before: ReadonlyMap<string, number> | undefined): ReadonlyMap<string, number> {
  const [, id, kept] = /^(.{1,100})=([1-9]\d{0,4})$/u.exec(text) ?? []
  if (id === undefined) throw new InvalidArgumentError('a system and days are needed, such as triage=3650.')
  return new Map([...(before ?? []), [id, Number(kept)]])
}

async function runPrune(options: PruneOptions, io: Io): Promise<void> {
  const { days, override, dryRun } = options
  if (days < FLOOR_DAYS && (override === undefined || override.trim() === '')) throw new SpillwayError('CLI_USAGE', `${days} days are less than the ${FLOOR_DAYS} that record-keeping asks for`, 'Keep more, or write down with --override why less is enough')
  const shorter = [...(options.system ?? [])].find(([, kept]) => kept < days)
  if (shorter !== undefined) throw new SpillwayError('CLI_USAGE', `the system ${shorter[0]} would be kept for less than the ${days} days of all`, 'A system can be kept longer, not shorter')
  const { log } = readAudit(dataFolder(options, io))
  const source = directorySource(log.folder)
  const { verifier } = log.signer
  const { size } = await currentCheckpoint(source, verifier)
  const from = await firstEntry(source, verifier)
  const cutoff = (kept: number): number => io.now().getTime() - kept * MS_PER_DAY
  const first = await prunableUntil(source, verifier, { size, cutoff: cutoff(days), cutoffs: new Map([...(options.system ?? [])].map(([id, kept]) => [id, cutoff(kept)])) })
  // The leaf says so even if the removal is broken off.
  if (dryRun !== true && first > from) await recordAct(options, io, { leaf: 'retention', days, override: override?.slice(0, 256).toWellFormed() ?? null, before: first, ...(options.system === undefined ? {} : { systems: [...options.system].map((pair) => pair.join('=')).join(' ').slice(0, 256) }) })
  if (dryRun !== true && first > 0) pruneLog(nodeLogFs, log.folder, log.signer, first)
  if (options.json === true) print(io, { size, first, removed: first - from, days, dryRun: dryRun === true })
  else io.stdout(`${first - from} entries ${dryRun === true ? 'would be' : 'were'} removed; the log ${dryRun === true ? 'would hold' : 'holds'} entries ${first} to ${size - 1}. Proofs and hashes stay.\n`)
}
