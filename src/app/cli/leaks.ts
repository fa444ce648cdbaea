import { resolve } from 'node:path'
import { Command } from 'commander'
import { SpillwayError } from '../../core/errors.ts'
import { segmentStarts } from '../../store/journal-file/list-segments.ts'
import { journalFolder } from '../config/data-folder.ts'
import { journalLeaks } from '../leaks/journal-leaks.ts'
import { findingOf, leaksWindow } from '../leaks/leaks-query.ts'
import { leaksText, leakText } from '../leaks/leaks-text.ts'
import { dataFolder, dataOption, type DataOption } from './data-option.ts'
import type { Io } from './io.ts'
import { duration } from './options.ts'

interface Options extends DataOption {
  readonly since: number
  readonly tenant: string
  readonly json?: boolean
  readonly lean?: string
}

/** `spillway leaks [id]`: where money was lost, in dollars. */
export function leaksCommand(io: Io): Command {
  return dataOption(new Command('leaks').description('where money leaked: loops, retry storms, bloat and the like, in dollars, each with the calls behind it').argument('[id]', 'one leak in detail'))
    .option('--since <duration>', 'how far back, at most 92d', duration, 14 * 86_400)
    .option('--tenant <name>', 'whose calls', 'default')
    .option('--json', 'print the report as JSON')
    .option('--lean <file>', 'write the requests as they would be without these leaks, for "plan --traffic"')
    .addHelpText('after', '\nReads the journal of the data directory; a server may be running.\n\nExamples:\n  $ spillway leaks\n  $ spillway leaks --since 7d --json\n  $ spillway leaks 3f2a9c1b\n  $ spillway leaks --lean lean.jsonl && spillway plan --traffic lean.jsonl --model llama-3.1-70b\n')
    .action(async (id: string | undefined, options: Options) => runLeaks(id, options, io))
}

async function runLeaks(id: string | undefined, options: Options, io: Io): Promise<void> {
  const journal = journalFolder(dataFolder(options, io))
  const until = io.now().getTime()
  const window = leaksWindow({ from: until - options.since * 1000, until }, until)
  if ((await segmentStarts(journal)).length === 0) throw new SpillwayError('FILE_NOT_FOUND', 'this data directory holds no journal', 'Name the right one with --data or SPILLWAY_DATA; "spillway serve" writes it', { file: journal })
  const report = await journalLeaks(journal, options.tenant, window, (records) => {
    if (io.progress) io.stderr(`\rreading the journal: ${records.toLocaleString('en-US')} records\u001B[K`)
  }, options.lean === undefined ? undefined : { file: resolve(options.lean) })
  if (io.progress) io.stderr('\r\u001B[K')
  const finding = id === undefined ? null : findingOf(report, id)
  const width = Math.min(io.columns, 100)
  io.stdout(options.json === true ? `${JSON.stringify(finding ?? report, null, 2)}\n` : finding === null ? leaksText(report, width) : leakText(finding, width))
}
