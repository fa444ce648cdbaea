import { Command, Option } from 'commander'
import { oneLine, SpillwayError } from '../../core/errors.ts'
import type { CallRecord } from '../../core/call.ts'
import type { GapRecord } from '../../store/journal-file/gap-record.ts'
import { segmentStarts } from '../../store/journal-file/list-segments.ts'
import { tailCalls, type Tailed } from '../calls-tail.ts'
import { journalFolder } from '../config/data-folder.ts'
import { callsListCommand } from './calls-list.ts'
import { dataFolder, dataOption, type DataOption } from './data-option.ts'
import type { Io } from './io.ts'
import { count } from './options.ts'

const OUTCOMES: readonly CallRecord['outcome'][] = ['ok', 'client-aborted', 'upstream-failed', 'timed-out', 'refused', 'killed']

interface Options extends DataOption {
  readonly lines: number
  readonly follow?: boolean
  readonly json?: boolean
  readonly pool?: string
  readonly outcome?: string
}

/** `spillway calls`: what the journal and the telemetry store say of calls. */
export function callsCommand(io: Io): Command {
  const tail = dataOption(new Command('tail').description('the last calls, oldest first, from the journal'))
    .option('-n, --lines <count>', 'how many', count, 20)
    .option('-f, --follow', 'go on with those to come, until interrupted')
    .option('--pool <id>', 'only calls that this pool served')
    .addOption(new Option('--outcome <outcome>', 'only calls that ended so').choices(OUTCOMES))
    .option('--json', 'print the whole record, a line each')
    .addHelpText('after', '\nExamples:\n  $ spillway calls tail --follow\n  $ spillway calls tail -n 1000 --outcome upstream-failed --json\n')
    .action(async (options: Options) => runTail(options, io))
  return new Command('calls').description('calls that the gateway served, refused or lost, and those that were reported').addCommand(tail).addCommand(callsListCommand(io))
}

async function runTail(options: Options, io: Io): Promise<void> {
  const folder = journalFolder(dataFolder(options, io))
  if ((await segmentStarts(folder)).length === 0 && options.follow !== true) throw new SpillwayError('FILE_NOT_FOUND', 'this data directory holds no journal', 'Name the right one with --data or SPILLWAY_DATA; "spillway serve" writes it', { file: folder })
  const stop = new AbortController()
  const interrupt = (): void => stop.abort()
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  try {
    if (options.json !== true) io.stdout(`${HEADER}\n`)
    const { lines, follow = false, pool, outcome } = options
    for await (const record of tailCalls({ folder, lines, follow, signal: stop.signal, ...(pool === undefined ? {} : { pool }), ...(outcome === undefined ? {} : { outcome }) })) {
      io.stdout(`${options.json === true ? JSON.stringify(record) : lineOf(record)}\n`)
    }
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}

const WIDTHS = [19, 15, 12, 16, 16, 7, 7] as const
const HEADER = cells('time (UTC)', 'outcome', 'pool', 'reason', 'model', 'ttft', 'total', 'USD')

function lineOf(record: Tailed): string {
  return record.kind === 'gap' ? gapLine(record) : callLine(record)
}

function callLine({ arrivedAt, outcome, pool, reason, modelAsked, ttftMs, totalMs, cost }: CallRecord): string {
  const amount = cost.status === 'unknown' ? 'unknown' : `${cost.status === 'complete' ? '' : '~'}${(Number(cost.nanoUsd) / 1e9).toPrecision(3)}`
  return cells(time(arrivedAt), outcome, pool ?? '-', reason, modelAsked, ttftMs === null ? '-' : duration(ttftMs), duration(totalMs), amount)
}

function gapLine({ from, until, lost, reason, kept }: GapRecord): string {
  const many = lost === null ? 'an unknown number of records is' : lost === 1 ? '1 record is' : `${lost} records are`
  return oneLine(`${time(until)}  gap: ${many} missing${from === null ? '' : ` since ${time(from)}`} (${reason})${kept === undefined ? '' : `; cut off into ${kept}`}`)
}

/** Names come from clients: they are cut and made harmless. */
function cells(...texts: readonly string[]): string {
  return texts
    .map((text, index) => {
      const width = WIDTHS[index]
      const safe = oneLine(text)
      return width === undefined ? safe : (safe.length > width ? `${safe.slice(0, width - 1)}…` : safe).padEnd(width)
    })
    .join('  ')
    .trimEnd()
}

function time(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
}

function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)}ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)}s`
}
