import type { ReactNode } from 'react'
import { planCsv } from '../../../../src/decide/report/csv.ts'
import { assumptionValue } from '../../../../src/decide/report/assumption.ts'
import { marginalWords } from '../../../../src/decide/report/marginal-words.ts'
import { layoutPicture } from '../../../../src/decide/report/picture.ts'
import { summarize } from '../../../../src/decide/report/summary.ts'
import { notes, tornado } from '../../../../src/decide/report/tornado.ts'
import type { PlanResult } from '../../../../src/decide/plan-result.ts'
import { useFormats } from '../../format/preferences.tsx'
import { Figure, Figures, Section } from '../../ui/page.tsx'
import styles from './calculator.module.css'
import type { BreakEvenRow } from './calc-plan.ts'
import { Signature } from './signature.tsx'

export function Results({ result, busy, map, tools }: { readonly result: PlanResult; readonly busy: boolean; readonly map: readonly BreakEvenRow[]; readonly tools: ReactNode }): ReactNode {
  const formats = useFormats()
  const summary = summarize(result)
  const chosen = result.scenarios.find(({ id }) => id === result.recommended)
  const chart = tornado(result)
  return (
    <div className={styles.answer} aria-busy={busy} aria-live="polite">
      <Section title={summary.title} tools={tools}>
        <p>{summary.verdict}</p>
        <Figures>
          <Figure label="A month" value={formats.money(chosen?.monthlyUsd)} note="730 hours, this week all month" />
          <Figure label="Break-even" value={formats.percent(result.breakEven.utilization)} note="how busy an owned replica must be" />
          <Figure label="Useful share of what is paid" value={formats.percent(chosen?.utilization)} />
          <Figure label="Above the least possible" value={formats.percent(result.allowed.optimalityGap, 1)} note="no plan over these offers can cost less" />
          {result.savings === null ? null : <Figure label="Saved a year" value={formats.money(result.savings.yearlyUsd)} note={`against ${formats.money(result.savings.currentMonthlyUsd)} a month now`} />}
        </Figures>
        {summary.answer.map((line) => (
          <p key={line}>{line}</p>
        ))}
        {summary.runsOn === '' ? null : <p className="faint">Runs on {summary.runsOn}</p>}
        <Signature picture={layoutPicture(result)} />
      </Section>
      <Section title="Compared, under one convention" note={summary.comparison.note}>
        <div className="scroll-x" tabIndex={0} role="region" aria-label="Scenarios">
          <table className={styles.table}>
            <thead>
              <tr>
                {summary.comparison.columns.map(({ header, align }) => (
                  <th key={header} scope="col" className={align === 'right' ? 'number' : undefined}>
                    {header}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {summary.comparison.rows.map(({ id, mark, cells }) => (
                <tr key={id} data-mark={mark}>
                  {cells.map((cell, index) => (
                    <td key={summary.comparison.columns[index]!.header} className={summary.comparison.columns[index]!.align === 'right' ? 'number' : undefined}>
                      {index === 0 ? `${mark} ${cell}` : cell}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Section>
      <Section title="Why, replica by replica" note={marginalWords(result)[0]}>
        <ol className={styles.bars}>
          {result.marginal.slice(0, MOST_LEVELS).map(({ level, meanFill, breakEven, choice, savesUsd }) => (
            <li key={level}>
              <span>
                replica {level}: {choice === 'dedicated' ? 'own' : 'rent'}
              </span>
              <span className={styles.track} role="img" aria-label={`Replica ${level} is filled ${formats.percent(meanFill)} of the time on average; owning pays from ${formats.percent(breakEven)} on`}>
                <i style={{ left: 0, width: `${meanFill * 100}%`, background: `var(--${choice})` }} />
                {breakEven === null || breakEven > 1 ? null : <b style={{ left: `${breakEven * 100}%` }} />}
              </span>
              <span className="faint">
                {formats.percent(meanFill)} full{savesUsd === null ? '' : `, saves ${formats.money(savesUsd)} a month`}
              </span>
            </li>
          ))}
        </ol>
        {result.marginal.length > MOST_LEVELS ? <p className="faint">and {result.marginal.length - MOST_LEVELS} more</p> : null}
      </Section>
      <Section title="Break-even by GPU" note="From the line on an owned GPU is cheaper than a serverless one that is busy as long: cheapest offers of both kinds, bare prices.">
        <ul className={styles.bars}>
          {map.map((row) => (
            <li key={row.gpu}>
              <span>{row.name}</span>
              <span className={styles.track} role="img" aria-label={`${row.name}: owning pays from ${formats.percent(row.utilization)} on`}>
                <i style={{ left: 0, width: `${Math.min(1, row.utilization) * 100}%`, background: 'var(--serverless)' }} />
                <i style={{ left: `${Math.min(1, row.utilization) * 100}%`, right: 0, background: 'var(--dedicated)' }} />
                {chosen?.runsOn.some(({ gpu }) => gpu === row.gpu) === true && result.marginal[0] !== undefined ? <b style={{ left: `${result.marginal[0].meanFill * 100}%` }} title="your first replica" /> : null}
              </span>
              <span className="faint" title={`${row.dedicatedOffer}, ${row.serverlessOffer}; ${row.asOf}`}>
                {formats.percent(row.utilization)} = {formats.cents(row.dedicatedPerHour)}/h ÷ ({formats.cents(row.serverlessPerSecond)}/s × 3600)
              </span>
            </li>
          ))}
        </ul>
      </Section>
      {chart === null ? null : (
        <Section title="What would change it" note={notes(chart).join(' ')}>
          <ul className={styles.bars}>
            {chart.bars.map(({ parameter, low, high, from, to }) => (
              <li key={parameter}>
                <span>{parameter}</span>
                <span className={styles.track} role="img" aria-label={`${parameter}: ${low.label} ${formats.money(low.monthlyUsd)}, ${high.label} ${formats.money(high.monthlyUsd)}`}>
                  <i style={{ left: `${from * 100}%`, width: `${Math.max(0.4, (to - from) * 100)}%`, background: 'var(--gray-3)' }} />
                  {chart.plan === null ? null : <b style={{ left: `${chart.plan * 100}%` }} />}
                </span>
                <span className="faint">
                  {low.label} {formats.money(low.monthlyUsd)}
                  {low.flipsTo === null ? '' : '*'}, {high.label} {formats.money(high.monthlyUsd)}
                  {high.flipsTo === null ? '' : '*'}
                </span>
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Section title="The way to the answer" note="Each question with the answer for your case; open one for the numbers that it stands on.">
        <ol className={styles.tree}>
          {result.tree.steps.map(({ question, answer, numbers, leadsTo }) => (
            <li key={question}>
              <details>
                <summary>
                  {question} <strong>{answer}</strong>
                </summary>
                <p className="faint">{numbers}</p>
                <p className="faint">Leads to: {leadsTo}</p>
              </details>
            </li>
          ))}
          <li>
            <strong>{result.tree.conclusion}</strong>
          </li>
        </ol>
        <details>
          <summary>What two rules of thumb say</summary>
          {result.tree.presets.map(({ name, answer, because }) => (
            <p key={name}>
              {name}: <strong>{answer}</strong>. {because}
            </p>
          ))}
        </details>
      </Section>
      {[...summary.warnings, ...summary.gotchas].length === 0 ? null : (
        <Section title="Watch out">
          <ul>
            {[...new Set([...summary.warnings, ...summary.gotchas])].map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </Section>
      )}
      <Section title="What to measure next">
        <ul>
          {summary.next.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      </Section>
      <Section title="Assumptions, with source and date">
        <details>
          <summary>{summary.assumptions}</summary>
          <dl className={`pairs ${styles.assumptions}`}>
            {result.assumptions.map((assumption, index) => (
              // oxlint-disable-next-line react/no-array-index-key -- two may have one name, and their order is theirs
              <div key={`${assumption.name}-${index}`}>
                <dt>{assumption.name}</dt>
                <dd>
                  {assumptionValue(assumption)} <span className="faint">({assumption.source}, {assumption.asOf})</span>
                </dd>
              </div>
            ))}
          </dl>
        </details>
      </Section>
    </div>
  )
}

const MOST_LEVELS = 16

/** The plan as a file of the reader. */
export function download(name: string, type: string, content: string | Blob): void {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has begun to read by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

export const csvOf = (result: PlanResult): string => planCsv(result)
