import { useDeferredValue, useEffect, useMemo, useState, type ReactNode } from 'react'
import { useSearch } from 'wouter'
import type { PlanResult } from '../../../../src/decide/plan-result.ts'
import { savedSummary } from '../../../../src/decide/report/saved-summary.ts'
import { request, send } from '../../api/client.ts'
import { may, useSession } from '../../api/session.ts'
import { PageHead } from '../../ui/page.tsx'
import { Loading } from '../../ui/states.tsx'
import { patternWords, readInput, weekOf, writeInput, type CalcInput } from './calc-input.ts'
import styles from './calculator.module.css'
import { csvOf, download, Results } from './results.tsx'
import { Inputs } from './inputs.tsx'
import { usePlan } from './use-plan.ts'

/** A pause after which the address follows: while a slider moves there would be a hundred. */
const ADDRESS_MS = 400

/** Own, rent or mix: for traffic that is described in a minute and a half, without a login. */
export function Page(): ReactNode {
  const search = useSearch()
  const [first] = useState(() => readInput(search))
  const [input, setInput] = useState<CalcInput>(first.input)
  const [dropped, setDropped] = useState(first.dropped)
  const { session } = useSession()
  const [told, setTold] = useState<string | null>(null)
  const [today] = useState(() => new Date().toISOString().slice(0, 10))
  const { reply, last, busy } = usePlan(input, today)
  // What is drawn may lag behind the sliders, never the other way round.
  const shown = useDeferredValue(last)

  useEffect(() => {
    const timer = setTimeout(() => window.history.replaceState(window.history.state, '', `/calculator?${writeInput(input)}`), ADDRESS_MS)
    return () => clearTimeout(timer)
  }, [input])

  const paper = async (format: 'pdf' | 'xlsx'): Promise<void> => {
    setTold('The server plans the same and sets the paper …')
    const { pattern, ...rest } = input
    try {
      const response = await request('POST', `/api/plan/report?format=${format}`, { ...rest, week: [...weekOf(pattern)], words: patternWords(pattern) })
      download(`spillway-report.${format}`, response.headers.get('content-type') ?? '', await response.blob())
      setTold(null)
    } catch (error) {
      setTold((error as Error).message)
    }
  }
  const save = async (result: PlanResult): Promise<void> => {
    const summary = savedSummary(result)
    if (summary === null) return setTold('This plan has no price to hold anything against.')
    try {
      await send('POST', '/api/v1/plans', { title: `${summary.scenario}, ${today}`, summary })
      setTold('Saved: the overview holds what is metered against it.')
    } catch (error) {
      setTold((error as Error).message)
    }
  }
  const share = async (): Promise<void> => {
    const address = `${window.location.origin}/calculator?${writeInput(input)}`
    try {
      await navigator.clipboard.writeText(address)
      setTold('The address of this calculation is in the clipboard.')
    } catch {
      setTold(address)
    }
  }
  const results = useMemo(
    () =>
      shown === null ? null : (
        <Results
          result={shown}
          busy={false}
          map={reply?.map ?? []}
          tools={
            <span className="row">
              <button type="button" onClick={() => void share()}>
                Share
              </button>
              {may(session, 'budgets') ? (
                <button type="button" onClick={() => void save(shown)}>
                  Save
                </button>
              ) : null}
              <button type="button" onClick={() => void paper('pdf')}>
                PDF
              </button>
              <button type="button" onClick={() => void paper('xlsx')}>
                Excel
              </button>
              <button type="button" onClick={() => download('spillway-plan.csv', 'text/csv', csvOf(shown))}>
                CSV
              </button>
              <button type="button" onClick={() => download('spillway-plan.json', 'application/json', `${JSON.stringify(shown, null, 2)}\n`)}>
                JSON
              </button>
            </span>
          }
        />
      ),
    [shown, session, input],
  )
  return (
    <>
      <PageHead title="Calculator" answer="Own, rent or mix? Describe your traffic; the plan is made in your browser, and nothing leaves it." tools={<span className="faint" role="status">{busy ? 'planning …' : 'done'}</span>} />
      {dropped.length === 0 ? null : (
        <p role="alert">
          Not taken from the address, since it cannot be read: {dropped.join(', ')}.{' '}
          <button type="button" onClick={() => setDropped([])}>
            All right
          </button>
        </p>
      )}
      {told === null ? null : <p role="status">{told}</p>}
      <div className={styles.page}>
        <Inputs input={input} onChange={setInput} choices={reply?.choices ?? null} />
        <div>
          {reply === null || reply.error === null ? (
            (results ?? <Loading what="the plan" lines={12} />)
          ) : (
            // No plan beside it: the last one answers other questions than those that stand here now.
            <div role="alert" className={styles.inputs}>
              <strong>This cannot be planned</strong>
              <span>{reply.error.message}</span>
              <span>{reply.error.mend}</span>
              <code>{reply.error.code}</code>
            </div>
          )}
        </div>
      </div>
    </>
  )
}
