import { Command } from 'commander'
import { SpillwayError } from '../../core/errors.ts'
import { askOptions, type AskOptions, withTelemetry } from './ask-telemetry.ts'
import { dollars, loaded, percent } from './figures.ts'
import type { Io } from './io.ts'
import { count } from './options.ts'
import { renderTable } from './table.ts'

interface Options extends AskOptions {
  readonly month?: string
  readonly since: string
  readonly until?: string
  readonly pool?: string
  readonly bill?: string
  readonly by: string
  readonly lines: number
  readonly json?: boolean
}

interface Part {
  readonly usd: string
  readonly cents: number
  readonly share: number | null
}

interface Pool {
  readonly pool: string
  readonly replicas: number
  readonly billUsd: string
  readonly billFrom: 'configuration' | 'given'
  readonly rows: readonly (Part & { readonly group: string | null })[]
  readonly other: Part
  readonly otherTenants: Part
  readonly idle: Part
  readonly overrunUsd: string
}

interface Reconciliation {
  readonly asOf: string | null
  readonly behindBytes: number
  readonly from: string
  readonly to: string
  readonly by: string
  readonly pools: readonly Pool[]
}

/** `spillway reconcile`: the bill of what is rented by the hour, spread over who used it, to the cent. */
export function reconcileCommand(io: Io): Command {
  return askOptions(new Command('reconcile').description('the bill of dedicated pools spread over who used them, with the idle rest, to the cent'))
    .option('--month <yyyy-mm>', 'a calendar month in UTC; in place of --since and --until')
    .option('--since <when>', 'from how long ago, such as 30d, or from a date', '30d')
    .option('--until <when>', 'up to then (default: now)')
    .option('--pool <id>', 'that dedicated pool (default: all of them)')
    .option('--bill <usd>', 'what that pool was billed, such as 1432.80 (default: its replicas in the configuration, all the time, at their price there)')
    .option('--by <dimension>', 'whom to spread it over: key, user, feature, prompt, model ... or tag:NAME', 'key')
    .option('-n, --lines <count>', 'how many of them', count, 20)
    .option('--json', 'print the answer of the API')
    .addHelpText('after', '\nAsks a server: which pools are dedicated, and their price, stands in its configuration.\n\nExamples:\n  $ spillway reconcile --month 2026-10 --pool floor --bill 1432.80 --key sw_...\n  $ spillway reconcile --since 7d --by feature --key sw_... --json\n')
    .action((options: Options) => {
      const { pool, bill, by, lines } = options
      if (!options.key && !io.env['SPILLWAY_KEY']) throw new SpillwayError('CLI_USAGE', 'which pools are dedicated, and at what price, only a server knows', 'Give --key or set SPILLWAY_KEY')
      const time = options.month === undefined ? { from: options.since, to: options.until } : monthOf(options.month, io.now().getTime())
      return withTelemetry(options, io, async (ask) => {
        const found = await ask.json<Reconciliation>('reconciliation', { ...time, pool, bill, by, top: lines })
        io.stdout(options.json === true ? `${JSON.stringify(found, null, 2)}\n` : reconciliationText(found, Math.min(io.columns, 100)))
      })
    })
}

/** From the first moment of a month in UTC to that of the next, or to now. Throws CLI_USAGE. */
function monthOf(text: string, now: number): { readonly from: string; readonly to: string } {
  const [, year, month] = /^(\d{4})-(0[1-9]|1[0-2])$/u.exec(text) ?? []
  if (year === undefined || month === undefined) throw new SpillwayError('CLI_USAGE', `"${text}" is no month`, 'Give one such as 2026-10')
  const [from, next] = [Date.UTC(Number(year), Number(month) - 1), Date.UTC(Number(year), Number(month))]
  if (from >= now) throw new SpillwayError('CLI_USAGE', `the month ${text} has not begun`, 'Give one that has')
  return { from: new Date(from).toISOString(), to: new Date(Math.min(next, now)).toISOString() }
}

function reconciliationText({ pools, from, to, by, ...state }: Reconciliation, width: number): string {
  const when = `${from.slice(0, 16).replace('T', ' ')} to ${to.slice(0, 16).replace('T', ' ')} UTC`
  const none = pools.length === 0 ? ['No dedicated pool is configured.', ''] : []
  return [when, '', ...none, ...pools.flatMap((pool) => [...poolText(pool, by, width), '']), loaded(state), ''].join('\n')
}

function poolText({ pool, replicas, billUsd, billFrom, rows, other, otherTenants, idle, overrunUsd }: Pool, by: string, width: number): string[] {
  const line = (name: string, { cents, share }: Part): string[] => [name, centsText(cents), percent(share)]
  const parts = [
    ...rows.map((row) => line(row.group ?? '(not said)', row)),
    ...(other.usd === '0' ? [] : [line('(others)', other)]),
    ...(otherTenants.usd === '0' ? [] : [line('(other tenants)', otherTenants)]),
    line('(idle)', idle),
  ]
  const sum = [...rows, other, otherTenants, idle].reduce((all, { cents }) => all + cents, 0)
  const table = renderTable([{ header: by }, { header: 'USD', align: 'right' }, { header: 'of the bill', align: 'right' }], [...parts, ['(bill)', centsText(sum), '']], width)
  const source = billFrom === 'given' ? 'as given' : `${replicas} replicas as configured now, all the time, at the price now: where that changed meanwhile, give --bill`
  return [
    `Pool ${pool}: ${dollars(billUsd, false)} USD, ${source}.`,
    table,
    ...(overrunUsd === '0' ? [] : [`The calls come to ${dollars(overrunUsd, false)} USD more than the bill: the price or the replicas were others.`]),
  ]
}

/** Whole cents, never rounded. */
function centsText(cents: number): string {
  return (cents / 100).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
}
