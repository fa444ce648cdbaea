import { useEffect, useRef, type ReactNode } from 'react'
import { Link } from 'wouter'
import { usdOfNano, useInsights, type Finding, type Insights } from '../../api/questions.ts'
import { useSearchValue } from '../../app/search-state.ts'
import { useFormats } from '../../format/preferences.tsx'
import { CallsLink } from '../../ui/calls-link.tsx'
import { Meter } from '../../ui/meter.tsx'
import { Figure, Figures, PageHead, Section } from '../../ui/page.tsx'
import { Answer, Empty } from '../../ui/states.tsx'
import { useWindow, WindowPicker } from '../../ui/window-picker.tsx'
import { kindWords } from './kind-words.ts'
import styles from './leaks.module.css'

/** What was paid for nothing: each claim with its dollars, the calls behind it and what to do. */
export function Page(): ReactNode {
  const formats = useFormats()
  const window = useWindow('7d')
  const insights = useInsights(window.query)
  return (
    <>
      <PageHead
        title="Leaks"
        answer={insights.data === undefined ? 'What was paid for nothing?' : `${formats.money(usdOfNano(insights.data.lostNanoUsd))} of ${formats.money(usdOfNano(insights.data.spentNanoUsd))} was paid for nothing in the ${window.label}.`}
        tools={<WindowPicker window={window} />}
      />
      <Answer query={insights} what="the leaks" lines={8}>
        {(data) => <Findings data={data} window={window.name} />}
      </Answer>
    </>
  )
}

function Findings({ data, window }: { readonly data: Insights; readonly window: string }): ReactNode {
  const formats = useFormats()
  const [open] = useSearchValue('leak')
  const kinds = [...Map.groupBy(data.findings.filter(({ hypothesis }) => !hypothesis), ({ kind }) => kind)].map(([kind, found]) => ({ kind, lost: found.reduce((sum, { lostNanoUsd }) => sum + (usdOfNano(lostNanoUsd) ?? 0), 0) }))
  const most = Math.max(0, ...kinds.map(({ lost }) => lost))
  return (
    <>
      <Figures>
        <Figure label="Lost" tone="waste" value={formats.money(usdOfNano(data.lostNanoUsd))} note="each dollar is in one leak only" />
        <Figure label="Perhaps" value={formats.money(usdOfNano(data.perhapsNanoUsd))} note="hypotheses: not proven by your own calls, in no total" />
        <Figure label="Calls read" value={formats.compact(data.calls)} />
      </Figures>
      {data.findings.length === 0 ? (
        <Empty title="None found">
          Of {formats.count(data.calls)} calls none was paid for nothing, as far as can be proved. <a href="/docs/insights.html">What is looked for</a>
        </Empty>
      ) : (
        <>
          <Section title="By kind">
            <ul className={styles.kinds}>
              {kinds.map(({ kind, lost }) => (
                <li key={kind}>
                  <span>{kindWords(kind)}</span>
                  <Meter value={most === 0 ? 0 : lost / most} color="var(--waste)" label={`Lost by ${kindWords(kind)}`} text={formats.cents(lost)} />
                </li>
              ))}
            </ul>
          </Section>
          {data.findings.map((finding) => (
            <Leak key={finding.id} finding={finding} window={window} isOpen={finding.id === open} />
          ))}
        </>
      )}
      {data.limits.map((limit) => (
        <p key={limit} className="faint">
          {limit}
        </p>
      ))}
    </>
  )
}

function Leak({ finding, window, isOpen }: { readonly finding: Finding; readonly window: string; readonly isOpen: boolean }): ReactNode {
  const formats = useFormats()
  const card = useRef<HTMLElement>(null)
  useEffect(() => {
    if (isOpen) card.current?.scrollIntoView({ block: 'start' })
  }, [isOpen])
  const { kind, subject, what, mend, lostNanoUsd, monthly, confidence, hypothesis, calls, evidence, figures } = finding
  return (
    <article className={styles.leak} ref={card} aria-label={`${kindWords(kind)}: ${subject.name}`}>
      <header>
        <h2>
          {kindWords(kind)}: {subject.name}
          {subject.part === undefined ? '' : ` (${subject.part})`} <small className="faint">{subject.dimension === 'none' ? '' : subject.dimension}</small>
        </h2>
        <p className={styles.money}>
          <strong className={hypothesis ? 'faint' : 'loss'}>{formats.cents(usdOfNano(lostNanoUsd))}</strong>
          {monthly === null ? ' · a month: unknown, under three days of data' : ` · ${formats.money(usdOfNano(monthly.nanoUsd))} a month, 80 % interval ${formats.money(usdOfNano(monthly.low))} to ${formats.money(usdOfNano(monthly.high))}`}
        </p>
      </header>
      <p>{what}</p>
      <p>
        <strong>Mend:</strong> {mend}
      </p>
      <p className="faint">
        {hypothesis ? 'A hypothesis: ' : ''}confidence {formats.percent(confidence)}, {formats.count(calls)} calls. What would the plan be without the leaks? <code>spillway leaks --lean lean.jsonl</code>, then <code>spillway plan --traffic lean.jsonl</code>.
      </p>
      <details open={isOpen}>
        <summary>The calls behind it, and the figures</summary>
        <ul className="chips">
          {evidence.map((call) => (
            <li key={call}>
              <Link to={`/calls/${encodeURIComponent(call)}`}>{call}</Link>
            </li>
          ))}
        </ul>
        {subject.dimension === 'none' ? null : (
          <p>
            <CallsLink where={[[subject.dimension, subject.name]]} window={window}>
              All calls of this {subject.dimension}
            </CallsLink>
          </p>
        )}
        <dl className="pairs">
          {Object.entries(figures).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{typeof value === 'number' ? formats.decimal(value, Number.isInteger(value) ? 0 : 3) : value}</dd>
            </div>
          ))}
        </dl>
      </details>
    </article>
  )
}
