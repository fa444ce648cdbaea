import { oneLine } from '../../core/errors.ts'
import type { Finding, LeakKind, LeakReport } from '../../measure/insight/finding.ts'
import { wrap } from '../cli/wrap.ts'

const DAY_MS = 86_400_000
const SHOWN_IDS = 3
const FIGURE_COLUMN = 28

const KIND_NAMES: Readonly<Record<LeakKind, string>> = {
  loop: 'agent loop',
  'retry-storm': 'retry storm',
  abandoned: 'abandoned answers',
  'unused-tools': 'unused tools',
  bloat: 'prompt bloat',
  'missed-cache': 'missed cache',
  'model-choice': 'expensive model',
  concentration: 'budget eater',
}

/** The leaks, the most dollars first, at most `width` columns wide: the sum first, then each with its evidence and mend. */
export function leaksText(report: LeakReport, width: number): string {
  const { from, until, calls, spentNanoUsd, lostNanoUsd, perhapsNanoUsd, findings, limits } = report
  const days = (until - from) / DAY_MS
  const spent = Number(spentNanoUsd)
  const share = spent === 0 ? '' : ` (${((100 * Number(lostNanoUsd)) / spent).toFixed(1)} %)`
  const head = [
    `${money(lostNanoUsd)} of ${money(spentNanoUsd)} leaked${share} in ${trim(days)} days, ${day(from)} to ${day(until - 1)} UTC, ${calls.toLocaleString('en-US')} calls.`,
    ...(perhapsNanoUsd === '0' ? [] : [`Perhaps ${money(perhapsNanoUsd)} more: hypotheses, marked "maybe", which are in no sum.`]),
  ]
  if (findings.length === 0) return lines([...head, calls === 0 ? 'No calls were recorded in this time.' : 'No leak was found.', ...limits.map((limit) => `note: ${limit}`)], width)
  const rows = findings.flatMap((finding) => findingLines(finding, width))
  return lines([...head, '', HEADER, ...rows, '', ...limits.map((limit) => `note: ${limit}`), 'Details: spillway leaks ID. Each dollar is in one leak only.'], width)
}

/** One leak with everything that it stands on. */
export function leakText(finding: Finding, width: number): string {
  const { what, mend, figures, evidence, calls, confidence, hypothesis, monthly } = finding
  return lines(
    [
      HEADER,
      ...row(finding),
      '',
      ...wrap(what, width),
      ...wrap(`Mend: ${mend}`, width),
      '',
      `${'calls'.padEnd(FIGURE_COLUMN)}${calls.toLocaleString('en-US')}`,
      `${'confidence'.padEnd(FIGURE_COLUMN)}${confidence}${hypothesis ? ', a hypothesis: not proven by your own calls' : ''}`,
      `${'a month, 80 % interval'.padEnd(FIGURE_COLUMN)}${monthly === null ? 'unknown: fewer than three days' : `${money(monthly.nanoUsd)}, ${money(monthly.low)} to ${money(monthly.high)}`}`,
      ...Object.entries(figures).map(([name, value]) => `${words(name).padEnd(FIGURE_COLUMN)}${typeof value === 'number' ? figure(value) : value}`),
      '',
      `Calls that lost the most (${evidence.length} of ${calls.toLocaleString('en-US')}):`,
      ...evidence.map((id) => `  ${id}`),
    ],
    width,
  )
}

const HEADER = `${'id'.padEnd(10)}${'lost'.padStart(11)}${'a month'.padStart(11)}  ${'80 % interval'.padEnd(21)}${'sure'.padEnd(6)}leak`

function findingLines(finding: Finding, width: number): string[] {
  const { what, mend, evidence, calls } = finding
  const shown = evidence.slice(0, SHOWN_IDS).join(', ')
  const more = calls > SHOWN_IDS ? ` and ${(calls - SHOWN_IDS).toLocaleString('en-US')} more` : ''
  return ['', ...row(finding), ...indented(what, width), ...indented(`Mend: ${mend}`, width), ...(evidence.length === 0 ? [] : indented(`Calls: ${shown}${more}`, width))]
}

function row({ id, kind, subject, lostNanoUsd, monthly, confidence, hypothesis }: Finding): string[] {
  const interval = monthly === null ? '' : `${money(monthly.low)} to ${money(monthly.high)}`
  const name = subject.dimension === 'none' ? '' : `, ${subject.name}${subject.part === undefined ? '' : ` ${subject.part}`}`
  return [`${id.padEnd(10)}${money(lostNanoUsd).padStart(11)}${(monthly === null ? 'unknown' : money(monthly.nanoUsd)).padStart(11)}  ${interval.padEnd(21)}${(hypothesis ? 'maybe' : confidence.toFixed(2)).padEnd(6)}${KIND_NAMES[kind]}${name}`]
}

function indented(text: string, width: number): string[] {
  return wrap(oneLine(text), width - 2).map((line) => `  ${line}`)
}

function lines(all: readonly string[], width: number): string {
  return `${all.map((line) => cut(oneLine(line), width)).join('\n')}\n`
}

function cut(line: string, width: number): string {
  return line.length > width ? `${line.slice(0, width - 1)}…` : line
}

/** Cents; below one, two digits that say something. */
function money(nanoUsd: string): string {
  const usd = Number(nanoUsd) / 1e9
  if (usd !== 0 && Math.abs(usd) < 0.01) return `$${usd.toPrecision(2)}`
  return `${usd < 0 ? '-' : ''}$${Math.abs(usd).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`
}

function figure(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en-US') : value.toPrecision(3)
}

function words(name: string): string {
  return name.replaceAll(/[A-Z]/gu, (letter) => ` ${letter.toLowerCase()}`)
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

function trim(value: number): string {
  return String(Math.round(value * 10) / 10)
}
