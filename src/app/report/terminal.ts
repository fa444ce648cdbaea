import { oneLine } from '../../core/errors.ts'
import type { PlanResult } from '../../decide/plan-result.ts'
import { usd } from '../../decide/report/format.ts'
import { marginalWords } from '../../decide/report/marginal-words.ts'
import { pictureText } from '../../decide/report/picture-text.ts'
import { summarize, type Summary } from '../../decide/report/summary.ts'
import { notes, tornado } from '../../decide/report/tornado.ts'
import { labeled } from '../cli/wrap.ts'
import { bold, comparisonTable } from './terminal-parts.ts'
import { verboseSections } from './terminal-verbose.ts'

export interface TerminalOptions {
  /** Columns of the terminal; at most 100 are used, at least 60. Default 100. */
  readonly width?: number
  readonly color?: boolean
  /** Everything: breakdowns, all scenarios, the tree with its numbers, operations, all assumptions. */
  readonly verbose?: boolean
}

/** The plan as one page of text that ends in a line break. */
export function terminalReport(result: PlanResult, { width = 100, color = false, verbose = false }: TerminalOptions = {}): string {
  const columns = Math.min(100, Math.max(60, Math.floor(width)))
  const summary = summarize(result)
  const parts = [answer(summary, columns, color), pictureText(result, { width: columns, color }).join('\n'), table(summary, columns), details(result, summary, columns, color)]
  if (verbose) parts.push(...verboseSections(result, columns, color))
  return `${parts.join('\n\n')}\n`
}

const LABEL = 10

function answer(summary: Summary, width: number, color: boolean): string {
  const rows: [string, string][] = [['Plan', summary.title], ['Verdict', summary.verdict], ...(summary.runsOn === '' ? [] : [['Runs on', summary.runsOn] as [string, string]]), ...summary.answer.map((line, index): [string, string] => [index === 0 ? 'Cost' : '', line]), ['Traffic', summary.traffic]]
  return rows.map(([label, text]) => line(label, text, width, color)).join('\n')
}

function line(label: string, text: string, width: number, color: boolean): string {
  const block = labeled(label, LABEL, text, width)
  return label === '' ? block : `${bold(label, color)}${block.slice(label.length)}`
}

function table({ comparison }: Summary, width: number): string {
  return `${comparisonTable(comparison, width)}\n${labeled('', 2, comparison.note, width)}`
}

function details(result: PlanResult, summary: Summary, width: number, color: boolean): string {
  const rows: [string, readonly string[]][] = [
    ['Why', [...marginalWords(result), summary.bound]],
    ['Held out', [summary.outOfSample]],
    ['Moves it', tornadoLines(result, width - LABEL)],
    ['Tree', [summary.tree]],
    ['Cheaper', summary.cheaperBut],
    ['Watch out', some([...summary.warnings, ...summary.gotchas].map((trap) => cutTo(trap, 2 * (width - LABEL) - 10)))],
    ['Next', summary.next],
    ['Based on', [`${summary.assumptions}: --verbose or --json.`]],
  ]
  return rows.flatMap(([label, lines]) => lines.map((text, index) => line(index === 0 ? label : '', text, width, color))).join('\n')
}

/** The page stays a page; the rest, and what is cut, stands in --verbose. */
const MOST_TRAPS = 4

function some(lines: readonly string[]): string[] {
  return lines.length <= MOST_TRAPS ? [...lines] : [...lines.slice(0, MOST_TRAPS), `${lines.length - MOST_TRAPS} more with --verbose.`]
}

const NAME = 34
const BAR = 22

/** Bars of the sensitivity on one scale; the plan's own cost is cut out, and what becomes cheapest at an end is named. */
function tornadoLines(result: PlanResult, width: number): string[] {
  const chart = tornado(result)
  if (chart === null) return []
  const bars = chart.bars.map(({ parameter, low, high, from, to }) => {
    const end = ({ label, monthlyUsd, flipsTo }: typeof low): string => `${label} ${usd(monthlyUsd)}${flipsTo === null ? '' : '*'}`
    return `${cutTo(parameter, NAME).padEnd(NAME)} ${bar(from, to, chart.plan)} ${end(low)}, ${end(high)}`
  })
  return [...bars, ...notes(chart).map((note) => cutTo(note, width))].map(oneLine)
}

function bar(from: number, to: number, plan: number | null): string {
  const cell = (at: number): number => Math.min(BAR - 1, Math.floor(at * BAR))
  return Array.from({ length: BAR }, (_, index) => (plan !== null && index === cell(plan) ? '│' : index >= cell(from) && index <= cell(to) ? '█' : ' ')).join('')
}

function cutTo(text: string, width: number): string {
  const characters = [...text]
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`
}
