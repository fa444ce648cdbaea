import { Command } from 'commander'
import type { CallView } from '../../measure/query/call-view.ts'
import { askOptions, type AskOptions, withTelemetry } from './ask-telemetry.ts'
import { amount, dollars, loaded, milliseconds } from './figures.ts'
import type { Io } from './io.ts'
import { count } from './options.ts'
import { renderTable } from './table.ts'
import { whereOption, type WhereOption, whereParameters } from './where-option.ts'

interface Options extends AskOptions, WhereOption {
  readonly since: string
  readonly until?: string
  readonly lines: number
  readonly cursor?: string
  readonly steps?: boolean
  readonly json?: boolean
}

interface Page {
  readonly asOf: string | null
  readonly behindBytes: number
  readonly calls: readonly CallView[]
  readonly next: string | null
}

const COLUMNS = [
  { header: 'time (UTC)', shrink: false },
  { header: 'outcome' },
  { header: 'model' },
  { header: 'user' },
  { header: 'feature' },
  { header: 'tokens', align: 'right' as const },
  { header: 'total', align: 'right' as const },
  { header: 'USD', align: 'right' as const },
  { header: 'id', shrink: false },
]

/** `spillway calls list`: calls that were recorded or reported, from the store. */
export function callsListCommand(io: Io): Command {
  return whereOption(askOptions(new Command('list').description('calls of the gateway and those that were reported, newest first, from the telemetry store')))
    .option('--since <when>', 'from how long ago, such as 1h or 7d, or from a date', '24h')
    .option('--until <when>', 'up to then (default: now)')
    .option('-n, --lines <count>', 'how many, 500 at most', count, 20)
    .option('--cursor <text>', 'go on where a page ended')
    .option('--steps', 'steps of traces that are no calls, too')
    .option('--json', 'print the answer of the API')
    .addHelpText('after', '\nExamples:\n  $ spillway calls list --where user=ann --since 1h\n  $ spillway calls list --where outcome=timed-out --where pool=floor -n 100 --json\n')
    .action((options: Options) => withTelemetry(options, io, async (ask) => {
      const { since, until, lines, cursor, steps } = options
      const page = await ask.json<Page>('calls', { ...whereParameters(options), from: since, to: until, limit: lines, cursor, steps })
      io.stdout(options.json === true ? `${JSON.stringify(page, null, 2)}\n` : callsTable(page, Math.min(io.columns, 100)))
    }))
}

export function callsTable(page: Page, width: number): string {
  const days = new Set(page.calls.map(({ startedAt }) => startedAt.slice(0, 10)))
  const oneDay = days.size === 1
  const rows = page.calls.map(({ startedAt, outcome, modelServed, modelAsked, user, feature, usage, usageSource, durationMs, cost, id }) => [
    startedAt.slice(oneDay ? 11 : 5, 19).replace('T', ' '),
    outcome,
    modelAsked ?? modelServed ?? '-',
    user ?? '-',
    feature ?? '-',
    usageSource === 'none' ? '-' : amount(Object.values(usage).reduce((sum, tokens) => sum + tokens, 0)),
    milliseconds(durationMs),
    cost.status === 'unknown' ? 'unknown' : dollars(cost.usd, cost.status !== 'complete'),
    id,
  ])
  const more = page.next === null ? [] : [`More: --cursor ${page.next}`]
  return [...(oneDay ? [`${[...days][0]} UTC`, ''] : []), renderTable(COLUMNS, rows, width), '', ...more, loaded(page), ''].join('\n')
}
