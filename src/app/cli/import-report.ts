import type { CurrentCost } from '../../core/current-cost.ts'
import { oneLine } from '../../core/errors.ts'

const WIDTH = 100

/** The import on one screen, at most 100 columns wide: the answer first, then where it comes from. */
export function importReport(cost: CurrentCost): string {
  const share = (usd: number): string => (cost.windowUsd === 0 ? '' : `${((usd / cost.windowUsd) * 100).toFixed(1)} %`)
  const days = cost.coveredHours / 24
  const lines = [
    `GPU cost today  ${money(cost.monthlyUsd)} a month`,
    `  ${money(cost.windowUsd)} over ${trim(days)} days with data, ${cost.windowStart.slice(0, 10)} to ${lastDay(cost)} UTC, scaled to 730 hours`,
    ...cost.sources.flatMap((source) => [`  ${source.file}: ${source.rows.toLocaleString('en-US')} rows of ${source.format}${source.skippedRows > 0 ? `, ${source.skippedRows} skipped` : ''}`, `    ${source.basis}`]),
    '',
    row('', 'USD', 'share', 'GPU-hours', 'USD/GPU-hour', 'mean GPUs'),
    ...cost.gpus.map((gpu) => row(gpu.gpu === 'host' ? 'host (CPU and memory)' : gpu.gpu, amount(gpu.usd), share(gpu.usd), ...(gpu.gpu === 'host' ? ['', '', ''] : [known(gpu.gpuHours, 1), known(gpu.usdPerGpuHour, 4), known(gpu.meanGpus, 2)]))),
    ...(cost.purchase.unusedCommitmentUsd === 0 ? [] : [row('unused commitment (waste)', amount(cost.purchase.unusedCommitmentUsd), share(cost.purchase.unusedCommitmentUsd))]),
    row('GPU cost', amount(cost.windowUsd), share(cost.windowUsd)),
    '',
    'How it is bought',
    ...purchaseRows(cost).map(([name, usd]) => row(`  ${name}`, amount(usd), share(usd))),
    '',
    'Counted apart, not in the GPU cost',
    ...apartRows(cost).map(([name, usd]) => row(`  ${name}`, amount(usd))),
    ...cost.notGpuServices.map(({ service, usd }) => row(`    ${clip(service, 36)}`, amount(usd))),
    '',
    ...utilizationLines(cost),
    ...cost.warnings.flatMap((warning) => wrap(`note: ${warning}`)),
    '',
  ]
  return lines.map((line) => clip(line, WIDTH)).join('\n')
}

function purchaseRows({ purchase }: CurrentCost): (readonly [string, number])[] {
  const rows = [
    ['on demand', purchase.onDemandUsd],
    ['committed', purchase.committedUsd],
    ['spot', purchase.spotUsd],
    ['serverless', purchase.serverlessUsd],
    ['unused commitment', purchase.unusedCommitmentUsd],
  ] as const
  return rows.filter(([, usd]) => usd !== 0)
}

function apartRows({ apart }: CurrentCost): (readonly [string, number])[] {
  const rows = [
    ['accelerators that are no GPUs', apart.acceleratorsUsd],
    ['taxes', apart.taxUsd],
    ['credits (they hide a cost)', apart.creditsUsd],
    ['fees and offsets counted elsewhere', apart.repeatedUsd],
  ] as const
  return [...rows.filter(([, usd]) => usd !== 0), ['not GPU', apart.notGpuUsd]]
}

function utilizationLines({ utilization }: CurrentCost): string[] {
  if (utilization === null) return ['Utilization  unknown; give samples with --utilization FILE']
  const { mean, max, samples, gpus, metric, scale, meaning, firstSample, lastSample } = utilization
  const of = gpus === null ? '' : ` of ${gpus} GPUs`
  return [
    `Utilization  ${(mean * 100).toFixed(1)} % mean, ${(max * 100).toFixed(1)} % at most`,
    ...wrap(`${samples.toLocaleString('en-US')} samples${of}, ${firstSample.slice(0, 16)} to ${lastSample.slice(0, 16)} UTC, ${metric}, read as ${scale}`),
    ...wrap(meaning),
  ]
}

function row(name: string, usd: string, share = '', hours = '', rate = '', gpus = ''): string {
  return `${name.padEnd(40)}${usd.padStart(15)}${share.padStart(9)}${hours.padStart(12)}${rate.padStart(14)}${gpus.padStart(10)}`.trimEnd()
}

function lastDay(cost: CurrentCost): string {
  return new Date(Date.parse(cost.windowEnd) - 1).toISOString().slice(0, 10)
}

function money(usd: number): string {
  return usd < 0 ? `-$${amount(-usd)}` : `$${amount(usd)}`
}

function amount(usd: number): string {
  return usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
}

function known(value: number | null, digits: number): string {
  return value === null ? 'unknown' : value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

function trim(value: number): string {
  return Number(value.toFixed(1)).toString()
}

/** Text from a bill may hold anything: control characters are shown, and no line grows beyond its place. */
function clip(text: string, width: number): string {
  const safe = oneLine(text)
  return safe.length > width ? `${safe.slice(0, width - 1)}…` : safe
}

function wrap(text: string): string[] {
  const lines: string[] = []
  let line = ' '
  for (const word of oneLine(text).split(' ')) {
    if (line.length + 1 + word.length > WIDTH && line.trim() !== '') {
      lines.push(line)
      line = '   '
    }
    line += ` ${word}`
  }
  return [...lines, line]
}
