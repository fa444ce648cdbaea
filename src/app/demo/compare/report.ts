import { renderTable, type Column } from '../../cli/table.ts'
import { wrap } from '../../cli/wrap.ts'
import { DEMO_CAPACITY, DEMO_GPU, DEMO_MODEL, DEMO_SLO } from '../demo-config.ts'
import { splitChart, splitLegend } from '../split-chart.ts'
import { traceTime } from '../traffic.ts'
import type { Comparison, Played } from './compare.ts'
import { PEAK_SHARE } from './option.ts'
import { PARTS, type Outcome } from './outcome.ts'

const WIDTH = 100
const NAME = 19
const CHART_ROWS = 6
/** The share of calls within the SLO from which an option counts as keeping it. */
const KEEPS = [0.95, 0.99] as const

const LEGEND = [
  'GPUs: rented throughout + serverless, the most at once. p50, p95: of the TTFT, ms.',
  'spill: calls on serverless. idle: paid room that no answer filled. floor $ + spill $ = $/hour.',
  `all-dedicated: as many as the floor; the fewest that keep ${PEAK_SHARE * 100} % of the calls in the SLO; one fewer.`,
  'round-robin, error-only: the same pools as the hybrid by another rule.',
]

/** `spillway demo --compare` as lines of at most 100 characters, color sequences not counted. */
export function comparisonText(comparison: Comparison, color: boolean): string[] {
  const { seconds, load, seed, calls, options } = comparison
  const hybrid = options[0]!
  return [
    `${calls.toLocaleString('en-US')} calls of a real trace, ${traceTime(0)} to ${traceTime(seconds)}, ${load} x its demo size; seed ${seed}.`,
    `${DEMO_MODEL} on ${DEMO_GPU}, ${DEMO_CAPACITY} calls a replica. SLO: TTFT ${DEMO_SLO.ttftMs} ms and mean TPOT ${DEMO_SLO.tpotMs} ms.`,
    '',
    ...mainTable(options).split('\n'),
    '',
    ...wrap(verdict(options), WIDTH),
    '',
    ...LEGEND,
    '',
    `Who served in the hybrid, a column each ${columnLength(seconds / PARTS)}   ${splitLegend(color)}`,
    ...splitChart(hybrid.outcome.split, CHART_ROWS, color).map((line) => `  ${line}`),
    '',
    'Why calls went where they went',
    ...options.map(({ name, outcome }) => `${name.padEnd(NAME)}${reasons(outcome)}`.slice(0, WIDTH)),
    ...missing(options),
  ]
}

function mainTable(options: readonly Played[]): string {
  return renderTable(
    [{ header: 'option', shrink: false }, ...numbers('GPUs', 'failed', 'in SLO', 'p50', 'p95', 'spill', 'idle', 'floor $', 'spill $', '$/hour')],
    options.map(({ name, dedicated, outcome: { failed, withinSlo, ttftMs, serverlessShare, mostServerless, idle, bill } }) => [
      name,
      mostServerless === 0 ? String(dedicated) : `${dedicated} + ${mostServerless}`,
      failed.toLocaleString('en-US'),
      percent(withinSlo),
      ms(ttftMs.p50),
      ms(ttftMs.p95),
      whole(serverlessShare),
      whole(idle),
      usd(bill.dedicatedPerHour),
      usd(bill.serverlessPerHour),
      usd(bill.perHour),
    ]),
    WIDTH,
  )
}

function numbers(...headers: readonly string[]): Column[] {
  return headers.map((header) => ({ header, align: 'right' }))
}

/** Who is cheapest to the cent, whoever that is; among equals the first of the table. */
function verdict(options: readonly Played[]): string {
  const cheapest = KEEPS.map((share) => ({ share, option: options.filter(({ outcome }) => (outcome.withinSlo ?? 0) >= share).toSorted((a, b) => cents(a) - cents(b))[0] }))
  const [usually, nearly] = cheapest.map(({ option }) => (option === undefined ? ['none of these', ''] as const : [`${option.name}, $${usd(option.outcome.bill.perHour)}`, ' an hour'] as const))
  return `Cheapest with ${KEEPS[0] * 100} % of calls in the SLO: ${usually!.join('')}; with ${KEEPS[1] * 100} %: ${nearly![0]}.`
}

function columnLength(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} minutes`
}

function reasons({ byReason }: Outcome): string {
  return Object.entries(byReason)
    .map(([reason, count]) => `${reason} ${count.toLocaleString('en-US')}`)
    .join('   ')
}

function missing(options: readonly Played[]): string[] {
  const names = [...new Set(options.flatMap(({ outcome }) => outcome.bill.missing))]
  return names.length === 0 ? [] : ['', `Not in the bill, since the provider states no price: ${names.join(', ')}.`]
}

const cents = ({ outcome }: Played): number => Math.round(outcome.bill.perHour * 100)
const usd = (value: number): string => value.toFixed(2)
const percent = (share: number | null): string => (share === null ? 'none' : `${(share * 100).toFixed(1)} %`)
const whole = (share: number | null): string => (share === null ? 'none' : `${Math.round(share * 100)} %`)
const ms = (value: number | null): string => (value === null ? 'none' : value < 10_000 ? Math.round(value).toLocaleString('en-US') : `${(value / 1000).toFixed(value < 100_000 ? 1 : 0)} s`)
