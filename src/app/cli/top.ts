import { Command } from 'commander'
import { askOptions, type AskOptions, withTelemetry } from './ask-telemetry.ts'
import { amount, dollars, loaded, percent } from './figures.ts'
import type { Io } from './io.ts'
import { count } from './options.ts'
import { renderTable } from './table.ts'
import { whereOption, type WhereOption, whereParameters } from './where-option.ts'

interface Options extends AskOptions, WhereOption {
  readonly by: string
  readonly since: string
  readonly until?: string
  readonly lines: number
  readonly order: string
  readonly success?: string
  readonly json?: boolean
}

interface Figures {
  readonly costUsd: string
  readonly share: number | null
  readonly calls: number
  readonly inputTokens: number
  readonly cacheReadTokens: number
  readonly outputTokens: number
  readonly failed: number
  readonly incompleteCost: number
}

interface Success {
  readonly judged: number
  readonly successes: number
  readonly costPerSuccessUsd: string | null
  readonly lowUsd: string | null
  readonly highUsd: string | null
}

interface Costs {
  readonly asOf: string | null
  readonly behindBytes: number
  readonly from: string
  readonly to: string
  readonly rows: readonly (Figures & { readonly group: readonly (string | null)[]; readonly success: Success | null })[]
  readonly other: readonly Figures[]
  readonly total: readonly Figures[]
  readonly success: Success | null
}

/** `spillway top`: who and what the money goes to. */
export function topCommand(io: Io): Command {
  return whereOption(askOptions(new Command('top').description('what costs most: by user, feature, prompt, model, key, pool ...')))
    .option('--by <dimensions>', 'one or two of user, feature, session, prompt, promptVersion, model, modelServed, provider, key, pool, endpoint, outcome ... or tag:NAME, separated by a comma', 'feature')
    .option('--since <when>', 'from how long ago, such as 24h or 7d, or from a date', '7d')
    .option('--until <when>', 'up to then (default: now)')
    .option('-n, --lines <count>', 'how many', count, 20)
    .option('--order <figure>', 'the largest by cost, calls, input, output or failed', 'cost')
    .option('--success <score>', 'cost per success too, by a score: NAME, NAME>=X or NAME=LABEL')
    .option('--json', 'print the answer of the API')
    .addHelpText('after', '\nExamples:\n  $ spillway top --by user --since 30d\n  $ spillway top --by feature,model --where tag:team=search --key sw_...\n  $ spillway top --by prompt --success "resolved>=1" --json\n')
    .action((options: Options) => withTelemetry(options, io, async (ask) => {
      const { by, since, until, lines, order, success } = options
      const costs = await ask.json<Costs>('costs', { ...whereParameters(options), by, from: since, to: until, top: lines, order, success })
      io.stdout(options.json === true ? `${JSON.stringify(costs, null, 2)}\n` : topTable(costs, by, Math.min(io.columns, 100)))
    }))
}

/** The table; all that is in no row is one, and so is the total. */
export function topTable(costs: Costs, by: string, width: number): string {
  const { rows, other, total, success } = costs
  const [all] = total
  const names = by.split(',').map((name) => name.trim())
  const judged = success !== null
  const columns = [
    ...names.map((header) => ({ header })),
    { header: 'USD', align: 'right' as const },
    { header: 'share', align: 'right' as const },
    { header: 'calls', align: 'right' as const },
    { header: 'failed', align: 'right' as const },
    { header: 'input', align: 'right' as const },
    { header: 'cached', align: 'right' as const },
    { header: 'output', align: 'right' as const },
    ...(judged ? [{ header: 'successes', align: 'right' as const }, { header: 'USD/success', align: 'right' as const }] : []),
  ]
  const line = (labels: readonly string[], figures: Figures, one: Success | null): string[] => [...names.map((_, index) => labels[index] ?? ''), ...cells(figures), ...(judged ? successCells(one) : [])]
  const [left] = other
  const table = renderTable(
    columns,
    [
      ...rows.map((row) => line(row.group.map((value) => value ?? '(not said)'), row, row.success)),
      ...(left !== undefined && left.calls > 0 ? [line(['(others)'], left, null)] : []),
      ...(all === undefined ? [] : [line(['(total)'], all, success)]),
    ],
    width,
  )
  const estimated = all !== undefined && all.incompleteCost > 0 ? [`~ some of it is estimated or has no price: ${amount(all.incompleteCost)} of ${amount(all.calls)} calls.`] : []
  return [`${costs.from.slice(0, 16).replace('T', ' ')} to ${costs.to.slice(0, 16).replace('T', ' ')} UTC`, '', table, '', ...estimated, loaded(costs), ''].join('\n')
}

function cells({ costUsd, share, calls, failed, inputTokens, cacheReadTokens, outputTokens, incompleteCost }: Figures): string[] {
  return [dollars(costUsd, incompleteCost > 0), percent(share), amount(calls), amount(failed), amount(inputTokens), amount(cacheReadTokens), amount(outputTokens)]
}

function successCells(success: Success | null): string[] {
  if (success === null) return ['', '']
  const { judged, successes, costPerSuccessUsd, lowUsd, highUsd } = success
  const each = costPerSuccessUsd === null ? 'unknown' : `${dollars(costPerSuccessUsd, false)}${lowUsd === null || highUsd === null ? '' : ` (${dollars(lowUsd, false)}-${dollars(highUsd, false)})`}`
  return [`${amount(successes)} of ${amount(judged)}`, each]
}
