import { Command } from 'commander'
import { APPLICATION_DATES, type Evidence, evidence } from '../../prove/coverage/articles.ts'
import { compareJournal, type Comparison } from '../../prove/coverage/compare-journal.ts'
import { timeOf } from '../../prove/leaf/time-of.ts'
import { STATE } from '../../prove/log/log-files.ts'
import { nodeLogFs } from '../../prove/log/log-fs.ts'
import { firstEntry } from '../../prove/log/pruned.ts'
import { decodeState } from '../../prove/log/log-state.ts'
import { takenOf } from '../../prove/sequence/sequencer.ts'
import { directorySource } from '../../prove/tiles/tile-source.ts'
import { readLeaves } from '../../prove/verify/read-leaves.ts'
import { segmentStarts } from '../../store/journal-file/list-segments.ts'
import { journalReader } from '../../store/journal-file/read-journal.ts'
import { type AuditHome, readAudit } from '../audit/audit-home.ts'
import { journalFolder } from '../config/data-folder.ts'
import { CHECK_FAILED, print, readNamed, shared, type Shared, time } from './audit-options.ts'
import { dataFolder } from './data-option.ts'
import type { Io } from './io.ts'
import { labeled, wrap } from './wrap.ts'

interface RangeOptions extends Shared {
  readonly from?: number
  readonly to?: number
}

function ranged(command: Command): Command {
  return shared(command).option('--from <time>', 'from this date or time (UTC) on', time).option('--to <time>', 'before this date or time (UTC)', time)
}

export function coverageCommand(io: Io): Command {
  return ranged(new Command('coverage').description('compare every call in the journal with its leaf; exit status 3 where they differ'))
    .addHelpText('after', '\nExamples:\n  $ spillway audit coverage\n  $ spillway audit coverage --from 2026-11-01 --to 2026-12-01 --json\n')
    .action((options: RangeOptions) => runCoverage(options, io))
}

async function runCoverage(options: RangeOptions, io: Io): Promise<void> {
  const data = dataFolder(options, io)
  const { log, keys } = readAudit(data)
  // Before the leaves are read: what the log takes meanwhile is then waiting, not missing.
  const taken = takenBy(log)
  const report = await compareJournal({
    leaves: readLeaves(directorySource(log.folder), log.signer.verifier),
    journal: journalReader(journalFolder(data)),
    keys,
    journalStart: (await segmentStarts(journalFolder(data)))[0] ?? 0,
    taken,
    pruned: (await firstEntry(directorySource(log.folder), log.signer.verifier)) > 0,
    from: options.from ?? null,
    to: options.to ?? null,
  })
  const equal = report.missing + report.extra + report.changed === 0
  if (options.json === true) print(io, { ok: equal, ...report })
  else io.stdout(coverageText(report, equal))
  if (!equal) process.exitCode = CHECK_FAILED
}

function takenBy({ privateFolder, signer }: AuditHome['log']): number {
  const file = `${privateFolder}/${STATE}`
  return takenOf(decodeState(nodeLogFs.read(file) ?? readNamed(file), signer.verifier, file).cursor)
}

const WHAT = { missing: 'is in the journal and has no leaf', extra: 'has a leaf and is not in the journal', changed: 'has a leaf that was made of another record' } as const

function coverageText({ served, leaves, equal, waiting, older, open, missing, extra, changed, unlogged, gaps, differences }: Comparison, ok: boolean): string {
  const lost = gaps.reduce((sum, gap) => sum + (gap.lost ?? 0), 0)
  const lines = [
    ok ? `Equal: ${equal} calls in the journal, each with the leaf that was made of it.` : `NOT equal: ${missing} calls without a leaf, ${extra} leaves without a call, ${changed} leaves of another record; ${equal} are equal.`,
    ...differences.map(({ what, call, position, entry }) => `  ${call} ${WHAT[what]} (journal position ${position}${entry === null ? '' : `, entry ${entry}`})`),
    `${served} calls in the journal, ${leaves} leaves of calls.`,
    ...(waiting > 0 ? [`${waiting} calls are on their way into the log.`] : []),
    ...(unlogged > 0 ? [`${unlogged} calls were of models whose mode is off: by the configuration they have no leaf.`] : []),
    ...(open > 0 ? [`${open} calls were begun and have no outcome: they run, or a crash has ended them.`] : []),
    ...(older > 0 ? [`${older} leaves are of calls that the journal holds no more: they were not compared.`] : []),
    gaps.length === 0 ? 'No gap is on record.' : `${gaps.length} gaps are on record, with ${lost} records that are known to be lost${gaps.some((gap) => gap.lost === null) ? ' and more of unknown number' : ''}.`,
    'Calls that did not pass the gateway are in neither.',
  ]
  return `${lines.join('\n')}\n`
}

export function articlesCommand(io: Io): Command {
  return ranged(new Command('articles').description('what of the EU AI Act the log supports, with what evidence, and what stays with the operator'))
    .addHelpText('after', '\nExamples:\n  $ spillway audit articles\n  $ spillway audit articles --from 2026-11-01 --json\n')
    .action((options: RangeOptions) => runArticles(options, io))
}

async function runArticles(options: RangeOptions, io: Io): Promise<void> {
  const { log } = readAudit(dataFolder(options, io))
  const counts = new Map<string, number>()
  for await (const { leaf } of readLeaves(directorySource(log.folder), log.signer.verifier)) {
    const at = timeOf(leaf)
    if ((options.from === undefined || at >= options.from) && (options.to === undefined || at < options.to)) counts.set(leaf.leaf, (counts.get(leaf.leaf) ?? 0) + 1)
  }
  const found = evidence(counts)
  if (options.json === true) print(io, { requirements: found, application: APPLICATION_DATES, notice: NOTICE })
  else io.stdout(articlesText(found, Math.min(io.columns, 100)))
}

const NOTICE = 'This supports record-keeping. Whether a system falls under these articles, and whether it meets them, is for the operator to say.'

function articlesText(found: readonly Evidence[], width: number): string {
  const blocks = found.map(({ requirement: { basis, asks, supported, kinds, look, operator }, leaves }) =>
    [labeled(basis, 16, asks, width), labeled('  supported by', 16, supported ?? 'nothing', width), labeled('  evidence', 16, `${leaves} leaves (${kinds.join(', ')}); ${look}`, width), labeled('  operator', 16, operator, width)].join('\n'),
  )
  const dates = APPLICATION_DATES.map(({ what, from, asOf, source, note }) => labeled(from, 16, `${what}; ${note}. Source: ${source}; as of ${asOf}`, width))
  return `${blocks.join('\n\n')}\n\nApplies from\n${dates.join('\n')}\n\n${wrap(NOTICE, width).join('\n')}\n`
}
