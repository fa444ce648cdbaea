import { useId, useState, type ReactNode } from 'react'
import { useFormats } from '../../format/preferences.tsx'
import { billOf } from './bill.ts'
import { DEFAULT_INPUT, patternOf, weekOf, type CalcInput, type NumberName } from './calc-input.ts'
import styles from './calculator.module.css'
import { NumberField } from './number-field.tsx'
import type { PlannerReply } from './use-plan.ts'
import { WeekGrid } from './week-grid.tsx'

const PATTERNS: readonly (readonly [string, string])[] = [
  ['24/7', 'around the clock'],
  ['8-20 weekdays, 10-16 weekends', 'days, and less on weekends'],
  ['9-18 weekdays', 'office hours'],
  ['18-24 daily', 'evenings'],
  ['0-6 daily', 'nightly batch'],
]
const REGIONS = ['eu', 'us', 'uk', 'ca', 'au', 'in', 'jp'] as const
const OPS: readonly (readonly [CalcInput['ops'], string])[] = [
  ['none', 'not counted'],
  ['serverless', 'serverless: 0.02 of an engineer'],
  ['managed', 'managed endpoints: 0.05'],
  ['ray-serve', 'Ray Serve: 0.15'],
  ['kubernetes', 'Kubernetes: 0.25'],
]

export function Inputs({ input, onChange, choices }: { readonly input: CalcInput; readonly onChange: (input: CalcInput) => void; readonly choices: PlannerReply['choices'] }): ReactNode {
  const formats = useFormats()
  const set = (over: Partial<CalcInput>): void => onChange({ ...input, ...over })
  const preset = PATTERNS.some(([words]) => words === input.pattern) ? input.pattern : 'drawn'
  return (
    <form className={styles.inputs} onSubmit={(event) => event.preventDefault()}>
      <Slider name="requestsPerDay" label="Requests a day" value={input.requestsPerDay} least={100} most={50_000_000} text={formats.compact(input.requestsPerDay)} onChange={(requestsPerDay) => set({ requestsPerDay })} />
      <label className="field">
        Model
        <select value={input.model} onChange={(event) => set({ model: event.target.value })}>
          {(choices?.models ?? [{ id: input.model, name: input.model }]).map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        When
        <select value={preset} onChange={(event) => set({ pattern: event.target.value === 'drawn' ? patternOf(weekOf(input.pattern)) : event.target.value })}>
          {PATTERNS.map(([words, label]) => (
            <option key={words} value={words}>
              {label}
            </option>
          ))}
          <option value="drawn">as drawn below</option>
        </select>
      </label>
      <WeekGrid week={weekOf(input.pattern)} onChange={(week) => set({ pattern: patternOf(week) })} />
      <Slider name="inputTokens" label="Prompt tokens" value={input.inputTokens} least={10} most={100_000} text={formats.compact(input.inputTokens)} onChange={(inputTokens) => set({ inputTokens })} />
      <label className="field">
        <span>
          of them in a prefix cache <output>{formats.percent(input.cachedShare)}</output>
        </span>
        <input type="range" min={0} max={0.95} step={0.05} value={input.cachedShare} onChange={(event) => set({ cachedShare: Number(event.target.value) })} />
      </label>
      <Slider name="outputTokens" label="Answer tokens" value={input.outputTokens} least={1} most={10_000} text={formats.compact(input.outputTokens)} onChange={(outputTokens) => set({ outputTokens })} />
      <label className="field">
        GPU
        <select value={input.gpu ?? ''} onChange={(event) => set({ gpu: event.target.value === '' ? null : event.target.value })}>
          <option value="">the planner chooses</option>
          {(choices?.gpus ?? []).map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <details>
        <summary>Limits, prices, what you pay now</summary>
        <div className={styles.more}>
          <Amount name="sloTtft" label="First token within, seconds" value={input.sloTtft} placeholder="2" step="0.1" onChange={(sloTtft) => set({ sloTtft })} />
          <label className="field">
            Data stays in
            <select value={input.residency ?? ''} onChange={(event) => set({ residency: event.target.value === '' ? null : event.target.value })}>
              <option value="">anywhere</option>
              {REGIONS.map((region) => (
                <option key={region} value={region}>
                  {region.toUpperCase()}
                </option>
              ))}
            </select>
          </label>
          <Amount name="current" label="You pay now, USD a month" value={input.current} placeholder="7800" step="1" onChange={(current) => set({ current })} />
          <Amount name="dedicated" label="Own price, dedicated replica, USD an hour" value={input.dedicated} placeholder="as in the catalog" step="0.01" onChange={(dedicated) => set({ dedicated })} />
          <Amount name="serverless" label="Own price, serverless replica, USD a second" value={input.serverless} placeholder="as in the catalog" step="0.00001" onChange={(serverless) => set({ serverless })} />
          <label className="field">
            Operations
            <select value={input.ops} onChange={(event) => set({ ops: event.target.value as CalcInput['ops'] })}>
              {OPS.map(([id, label]) => (
                <option key={id} value={id}>
                  {label}
                </option>
              ))}
            </select>
          </label>
          <Bill onRead={(current) => set({ current })} />
        </div>
      </details>
      <button type="button" onClick={() => onChange(DEFAULT_INPUT)}>
        Start over
      </button>
    </form>
  )
}

const STEPS = 200

/** A number over several powers of ten: the slider moves in equal ratios, the field takes any value. */
function Slider({ name, label, value, least, most, text, onChange }: { readonly name: NumberName; readonly label: string; readonly value: number; readonly least: number; readonly most: number; readonly text: string; readonly onChange: (value: number) => void }): ReactNode {
  const id = useId()
  const at = Math.round((Math.log(Math.min(most, Math.max(least, value)) / least) / Math.log(most / least)) * STEPS)
  return (
    <div className="field">
      <label htmlFor={id}>
        {label} <output>{text}</output>
      </label>
      <span className={styles.slider}>
        <input type="range" id={id} min={0} max={STEPS} value={at} aria-valuetext={text} onChange={(event) => onChange(twoDigits(least * (most / least) ** (Number(event.target.value) / STEPS)))} />
        <NumberField name={name} aria-label={`${label}, exactly`} value={value} onChange={(next) => next !== null && onChange(next)} />
      </span>
    </div>
  )
}

const twoDigits = (value: number): number => Math.max(1, Math.round(Number(value.toPrecision(2))))

function Amount({ label, ...rest }: { readonly name: NumberName; readonly label: string; readonly value: number | null; readonly placeholder: string; readonly step: string; readonly onChange: (value: number | null) => void }): ReactNode {
  return (
    <label className="field">
      {label}
      <NumberField {...rest} optional />
    </label>
  )
}

const MOST_BYTES = 4_000_000

/** What `spillway import --out` wrote of a cloud bill: read in the browser, sent nowhere. */
function Bill({ onRead }: { readonly onRead: (monthlyUsd: number) => void }): ReactNode {
  const [told, setTold] = useState<string | null>(null)
  const read = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return
    if (file.size > MOST_BYTES) return setTold(`${file.name} is larger than 4 MB: no file of spillway import --out is.`)
    const monthlyUsd = billOf(await file.text().catch(() => ''))
    setTold(monthlyUsd === null ? `${file.name} is no file of spillway import --out, or has no cost in it.` : null)
    if (monthlyUsd !== null) onRead(monthlyUsd)
  }
  return (
    <>
      <label className="field">
        <span>
          Bill: a file of <code>spillway import --out</code>
        </span>
        <input type="file" accept="application/json,.json" onChange={(event) => void read(event.target.files?.[0])} />
      </label>
      {told === null ? null : <p role="alert">{told}</p>}
    </>
  )
}
