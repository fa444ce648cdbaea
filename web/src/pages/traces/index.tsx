import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { useInsights, useTrace, type Trace } from '../../api/questions.ts'
import { usePathId } from '../../app/path-id.ts'
import { useFormats } from '../../format/preferences.tsx'
import { Figure, Figures, PageHead, Section } from '../../ui/page.tsx'
import { Answer } from '../../ui/states.tsx'
import styles from '../calls/calls.module.css'
import { flatSteps } from './flat-steps.ts'

const HOUR_MS = 3_600_000
/** Repetitions from which a step is pointed out, as the loop detector counts. */
const REPEATS = 3

/** What an agent did, step by step: when, how long, for how much, and where it went round in circles. */
export function Page(): ReactNode {
  const id = usePathId()
  const trace = useTrace(id)
  return (
    <>
      <PageHead title="Trace" answer={<code>{id}</code>} tools={<Link to="/calls">All calls</Link>} />
      <Answer query={trace} what="the trace" lines={10}>
        {(data) => <TraceView trace={data} />}
      </Answer>
    </>
  )
}

function TraceView({ trace }: { readonly trace: Trace }): ReactNode {
  const formats = useFormats()
  const began = trace.startedAt === null ? null : Date.parse(trace.startedAt)
  const around = began === null ? {} : { from: new Date(began - HOUR_MS).toISOString(), to: new Date(began + trace.durationMs + HOUR_MS).toISOString() }
  const insights = useInsights(around, { enabled: began !== null })
  const loops = insights.data?.findings.filter(({ kind }) => kind.includes('loop')) ?? []
  const inLoop = new Set(loops.flatMap(({ evidence }) => evidence))
  const lines = flatSteps(trace.roots)
  const proven = lines.some(({ step }) => inLoop.has(step.id))
  const repeated = lines.filter(({ step, times, time }) => step.kind === 'tool' && times >= REPEATS && time === 1)
  const length = Math.max(1, trace.durationMs)
  return (
    <>
      <Figures>
        <Figure label="Cost" value={formats.cents(Number(trace.costUsd))} note={trace.incompleteCost > 0 ? `${formats.count(trace.incompleteCost)} calls with a cost that is not complete` : undefined} />
        <Figure label="Took" value={formats.duration(trace.durationMs)} note={trace.startedAt === null ? undefined : formats.dateTime(trace.startedAt)} />
        <Figure label="Steps" value={formats.count(trace.steps)} note={`${formats.count(trace.calls)} of them calls${trace.cut ? '; more than are shown' : ''}`} />
        <Figure label="Judged" value={trace.scores.length === 0 ? 'not' : trace.scores.map(({ name, value, label }) => `${name} ${label ?? value ?? ''}`).join(', ')} />
      </Figures>
      {proven ? <p role="note"><strong className="loss">A loop:</strong> {loops[0]?.what} <Link to={`/leaks?leak=${encodeURIComponent(loops[0]?.id ?? '')}`}>The leak</Link></p> : null}
      {!proven && repeated.length > 0 ? <p role="note">{repeated.map(({ step, times }) => `${step.tool ?? step.name} stands ${times} times`).join(', ')} beside each other: whether that is a loop depends on arguments and results.</p> : null}
      <Section title="Steps" note="Bars: when each step ran. Hatched: in a loop, or the same tool three times or more beside itself.">
        <div className="scroll-x" tabIndex={0} role="region" aria-label="Steps of the trace">
          <ol className={styles.tree}>
            {lines.map(({ step, depth, time, times }) => (
              <li key={step.id} className={styles.step} data-loop={inLoop.has(step.id) || (step.kind === 'tool' && times >= REPEATS) || undefined}>
                <span style={{ paddingLeft: `${Math.min(depth, 12) * 1.1}rem` }}>
                  <Link to={`/calls/${encodeURIComponent(step.id)}`}>{step.tool ?? step.name}</Link> <span className="faint">{step.model ?? step.kind}{times >= REPEATS ? ` (${time} of ${times})` : ''}</span>
                </span>
                <span className={styles.lane} title={`from ${formats.duration(step.offsetMs)} for ${formats.duration(step.durationMs)}`}>
                  <i style={{ left: `${(step.offsetMs / length) * 100}%`, width: `${(step.durationMs / length) * 100}%` }} data-calls={step.billable || undefined} data-failed={step.outcome !== 'ok' || undefined} />
                </span>
                <span className={styles.number}>{formats.duration(step.durationMs)}</span>
                <span className={styles.number}>{formats.cents(Number(step.costUsd))}</span>
              </li>
            ))}
          </ol>
        </div>
      </Section>
    </>
  )
}
