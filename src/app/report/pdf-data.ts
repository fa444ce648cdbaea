import { oneLine } from '../../core/errors.ts'
import type { PlanResult } from '../../decide/plan-result.ts'
import { assumptionValue } from '../../decide/report/assumption.ts'
import { chosenOf } from '../../decide/report/comparison.ts'
import { excess, percent, usd } from '../../decide/report/format.ts'
import { marginalWords } from '../../decide/report/marginal-words.ts'
import { layoutPicture } from '../../decide/report/picture.ts'
import { summarize } from '../../decide/report/summary.ts'
import { notes, tornado } from '../../decide/report/tornado.ts'

/** How much of the long lists goes on the page; what is left out is counted there. */
export interface PageRoom {
  /** Share of the width that the picture takes. */
  readonly picture: number
  readonly rows: number
  readonly traps: number
  readonly assumptions: number
  /** Characters of one part of an assumption, and of any other sentence: longer ones are not ours. */
  readonly part: number
  readonly sentence: number
}

/** From generous to sparse: the first that fits on one page is taken. */
export const PAGE_ROOMS: readonly PageRoom[] = [
  { picture: 1, rows: 10, traps: 6, assumptions: 30, part: 160, sentence: 240 },
  { picture: 1, rows: 10, traps: 5, assumptions: 24, part: 110, sentence: 240 },
  { picture: 1, rows: 10, traps: 4, assumptions: 18, part: 70, sentence: 240 },
  { picture: 0.84, rows: 10, traps: 4, assumptions: 18, part: 60, sentence: 240 },
  { picture: 0.84, rows: 10, traps: 4, assumptions: 12, part: 60, sentence: 240 },
  { picture: 0.84, rows: 10, traps: 3, assumptions: 8, part: 60, sentence: 240 },
  { picture: 0.8, rows: 10, traps: 2, assumptions: 4, part: 60, sentence: 240 },
  { picture: 0.8, rows: 6, traps: 1, assumptions: 0, part: 60, sentence: 100 },
]

/** What the template reads, all of it plain text and numbers. */
export function pageData(result: PlanResult, generatedAt: Date, room: PageRoom): Readonly<Record<string, unknown>> {
  const summary = summarize(result)
  const part = (value: string): string => text(value, room.part)
  const sentences = (lines: readonly string[]): string[] => lines.map((line) => text(line, room.sentence))
  const chart = tornado(result)
  const { comparison } = summary
  const listed = result.assumptions.slice(0, room.assumptions)
  return {
    title: text(summary.title, 110),
    verdict: text(summary.verdict, room.sentence),
    source: text(`Spillway plan · ${summary.traffic}`, 150),
    generated: generatedAt.toISOString().slice(0, 10),
    figures: figures(result),
    answer: sentences([...(summary.runsOn === '' ? [] : [`Runs on ${summary.runsOn}`]), ...summary.answer]),
    'picture-width': room.picture,
    alt: layoutPicture(result).alt,
    columns: comparison.columns,
    rows: comparison.rows.slice(0, room.rows).map(({ mark, cells }) => ({ mark, cells: cells.map((cell) => breakable(shorten(cell, 34))) })),
    note: comparison.note.replace(' and --verbose', ''),
    marginal: sentences([...marginalWords(result), summary.bound, summary.outOfSample].map((line) => line.replace('->', '→'))),
    bars: (chart?.bars ?? []).map(({ parameter, low, high, from, to }) => ({ parameter: text(parameter, 40), ends: `${[low, high].map(({ label, monthlyUsd, flipsTo }) => `${text(label, 14)} ${usd(monthlyUsd)}${flipsTo === null ? '' : '*'}`).join(', ')}`, from, to })),
    'plan-at': chart?.plan ?? null,
    notes: chart === null ? [] : notes(chart).map((line) => text(line, 110)),
    watch: some(sentences([...summary.cheaperBut.map((line) => `Cheaper, but ${line}`), ...summary.warnings, ...summary.gotchas]), room.traps),
    next: some(sentences(summary.next), 2),
    'assumptions-title': listed.length === result.assumptions.length ? 'Assumptions, with source and date' : `Assumptions, with source and date (${listed.length} of ${result.assumptions.length}; the rest is in the JSON)`,
    assumptions: halves(listed.map((assumption) => ({ name: part(assumption.name), value: part(assumptionValue(assumption)), origin: `${part(assumption.source)}, ${text(assumption.asOf, 10)}` }))),
    footer: 'Method: every scenario billed by the same meters, the optimum found over all counts, judged on days held out. Formulas, limits: docs/planning.md.',
  }
}

function figures(result: PlanResult): { value: string; label: string }[] {
  const chosen = chosenOf(result)
  const range = result.expected[result.recommended]
  const probability = result.probabilityCheapest[result.recommended] ?? null
  const list = [
    { value: usd(chosen?.monthlyUsd), label: range === undefined ? 'a month of 730 hours' : `a month (${usd(range.p10Usd)} to ${usd(range.p90Usd)})` },
    result.savings === null ? saving(result) : { value: usd(result.savings.monthlyUsd), label: `saved a month against ${usd(result.savings.currentMonthlyUsd)} today` },
    { value: percent(probability), label: 'probability that it is the cheapest listed' },
    { value: excess(result.allowed.optimalityGap), label: 'above the lowest possible cost' },
  ]
  return list.filter((entry) => entry !== null)
}

function saving(result: PlanResult): { value: string; label: string } | null {
  const cost = chosenOf(result)?.monthlyUsd ?? null
  const rivals = result.scenarios.filter(({ id, monthlyUsd }) => ['all-dedicated', 'all-serverless'].includes(id) && id !== result.recommended && monthlyUsd !== null)
  const rival = rivals.sort((a, b) => (a.monthlyUsd ?? 0) - (b.monthlyUsd ?? 0))[0]
  if (cost === null || rival === undefined || rival.monthlyUsd === null) return null
  const saved = rival.monthlyUsd - cost
  return { value: usd(Math.abs(saved)), label: `${saved >= 0 ? 'less' : 'more'} a month than ${rival.id}` }
}

/** Two columns, the longer of them as short as can be. */
function halves<T>(entries: readonly T[]): [T[], T[]] {
  const size = (list: readonly T[]): number => JSON.stringify(list).length
  const cuts = [...entries.keys(), entries.length].map((cut): [T[], T[]] => [entries.slice(0, cut), entries.slice(cut)])
  return cuts.reduce((best, cut) => (Math.max(...cut.map(size)) < Math.max(...best.map(size)) ? cut : best))
}

function some(lines: readonly string[], most: number): string[] {
  return lines.length <= most ? [...lines] : [...lines.slice(0, most), `${lines.length - most} more in the JSON.`]
}

function text(value: string, most: number): string {
  return breakable(shorten(oneLine(value), most))
}

function shorten(line: string, most: number): string {
  const characters = [...line]
  return characters.length <= most ? line : `${characters.slice(0, most - 1).join('')}…`
}

/** Long words (addresses, hostile input) may break after 24 characters, so that nothing leaves the page; `97 %` may not. */
function breakable(line: string): string {
  return line.replace(/\S{24}(?=\S)/gu, '$&\u200B').replace(/(?<=\d) %/gu, '\u00A0%')
}
