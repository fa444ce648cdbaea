import type { PlanResult } from '../plan-result.ts'
import { assumptionValue } from './assumption.ts'
import { usd } from './format.ts'
import { marginalWords } from './marginal-words.ts'
import { pictureText } from './picture-text.ts'
import { summarize } from './summary.ts'
import { tornado } from './tornado.ts'

/** The one-page report as GitHub-flavored Markdown; text from outside is escaped and stays text. */
export function planMarkdown(result: PlanResult): string {
  const summary = summarize(result)
  const { columns, rows, note } = summary.comparison
  const bars = tornado(result)?.bars ?? []
  return [
    `# ${escape(summary.title)}`,
    '',
    `**${escape(summary.verdict)}**`,
    '',
    ...list([...(summary.runsOn === '' ? [] : [`Runs on ${summary.runsOn}`]), ...summary.answer, summary.traffic]),
    '',
    '```text',
    ...pictureText(result),
    '```',
    ...section('Comparison', [
      tableRow(['', ...columns.map(({ header }) => header)]),
      `|---|${columns.map(({ align }) => (align === 'right' ? '---:' : '---')).join('|')}|`,
      ...rows.map(({ mark, cells }) => tableRow([mark.trim(), ...cells])),
      '',
      escape(`${note}.`),
    ]),
    ...section('Why, replica by replica', list([...marginalWords(result), summary.bound, summary.outOfSample])),
    ...section('What would change it', bars.map(({ parameter, low, high }) => `- ${escape(`${parameter}: ${[low, high].map(({ label, monthlyUsd, flipsTo }) => `${label} ${usd(monthlyUsd)} a month${flipsTo === null ? '' : ` (then ${flipsTo})`}`).join(', ')}`)}`)),
    ...section('Decision tree', list(result.tree.steps.map(({ question, answer, numbers }) => `${question} ${answer} (${numbers})`))),
    ...section('Cheaper, but', list(summary.cheaperBut)),
    ...section('Watch out', list([...summary.warnings, ...summary.gotchas])),
    ...section('Measure next', list(summary.next)),
    ...section('Assumptions', list(result.assumptions.map((assumption) => `${assumption.name}: ${assumptionValue(assumption)} (${assumption.source}, ${assumption.asOf})`))),
    '',
  ].join('\n')
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `## ${title}`, '', ...lines]
}

function list(items: readonly string[]): string[] {
  return items.map((item) => `- ${escape(item)}`)
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.map(escape).join(' | ')} |`
}

/** Text as itself: no markup, no HTML, no formula, no line break. */
function escape(text: string): string {
  return text
    .replace(/[\u0000-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_{}[\]#|~$!]/gu, '\\$&')
    .replace(/^(\s*)([-+](?=[\s-]|$))/u, '$1\\$2')
    .replace(/^(\s*\d+)([.)](?=\s|$))/u, '$1\\$2')
}
