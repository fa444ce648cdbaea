import { useId, type ReactNode } from 'react'
import { useFormats } from '../../format/preferences.tsx'
import { DEFAULT_INPUT, patternOf, weekOf, type CalcInput } from './calc-input.ts'
import styles from './calculator.module.css'
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
      <Slider label="Requests a day" value={input.requestsPerDay} least={100} most={50_000_000} text={formats.compact(input.requestsPerDay)} onChange={(requestsPerDay) => set({ requestsPerDay })} />
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
      <Slider label="Prompt tokens" value={input.inputTokens} least={10} most={100_000} text={formats.compact(input.inputTokens)} onChange={(inputTokens) => set({ inputTokens })} />
      <label className="field">
        <span>
          of them in a prefix cache <output>{formats.percent(input.cachedShare)}</output>
        </span>
        <input type="range" min={0} max={0.95} step={0.05} value={input.cachedShare} onChange={(event) => set({ cachedShare: Number(event.target.value) })} />
      </label>
      <Slider label="Answer tokens" value={input.outputTokens} least={1} most={10_000} text={formats.compact(input.outputTokens)} onChange={(outputTokens) => set({ outputTokens })} />
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
          <Amount label="First token within, seconds" value={input.sloTtft} placeholder="2" step="0.1" onChange={(sloTtft) => set({ sloTtft })} />
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
          <Amount label="You pay now, USD a month" value={input.current} placeholder="7800" step="1" onChange={(current) => set({ current })} />
          <Amount label="Own price, dedicated replica, USD an hour" value={input.dedicated} placeholder="as in the catalog" step="0.01" onChange={(dedicated) => set({ dedicated })} />
          <Amount label="Own price, serverless replica, USD a second" value={input.serverless} placeholder="as in the catalog" step="0.00001" onChange={(serverless) => set({ serverless })} />
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
function Slider({ label, value, least, most, text, onChange }: { readonly label: string; readonly value: number; readonly least: number; readonly most: number; readonly text: string; readonly onChange: (value: number) => void }): ReactNode {
  const id = useId()
  const at = Math.round((Math.log(Math.min(most, Math.max(least, value)) / least) / Math.log(most / least)) * STEPS)
  return (
    <div className="field">
      <label htmlFor={id}>
        {label} <output>{text}</output>
      </label>
      <span className={styles.slider}>
        <input type="range" id={id} min={0} max={STEPS} value={at} aria-valuetext={text} onChange={(event) => onChange(twoDigits(least * (most / least) ** (Number(event.target.value) / STEPS)))} />
        <input
          type="number"
          aria-label={`${label}, exactly`}
          min={1}
          value={value}
          onChange={(event) => {
            const next = Number(event.target.value)
            if (Number.isFinite(next) && next >= 1 && next <= 1e9) onChange(next)
          }}
        />
      </span>
    </div>
  )
}

const twoDigits = (value: number): number => Math.max(1, Math.round(Number(value.toPrecision(2))))

function Amount({ label, value, placeholder, step, onChange }: { readonly label: string; readonly value: number | null; readonly placeholder: string; readonly step: string; readonly onChange: (value: number | null) => void }): ReactNode {
  return (
    <label className="field">
      {label}
      <input
        type="number"
        min={0}
        step={step}
        value={value ?? ''}
        placeholder={placeholder}
        onChange={(event) => {
          const next = event.target.value === '' ? null : Number(event.target.value)
          if (next === null || next > 0) onChange(next)
        }}
      />
    </label>
  )
}

const MOST_BYTES = 4_000_000

/** What `spillway import --out` wrote of a cloud bill: read in the browser, sent nowhere. */
function Bill({ onRead }: { readonly onRead: (monthlyUsd: number) => void }): ReactNode {
  const read = async (file: File | undefined): Promise<void> => {
    if (file === undefined || file.size > MOST_BYTES) return
    try {
      const { kind, monthlyUsd } = JSON.parse(await file.text()) as { readonly kind?: unknown; readonly monthlyUsd?: unknown }
      if (kind === 'current-cost' && typeof monthlyUsd === 'number' && monthlyUsd > 0) return onRead(Math.round(monthlyUsd * 100) / 100)
    } catch {
      // Told below, as for any other file that is none.
    }
    window.alert('This is no file of spillway import --out.')
  }
  return (
    <label className="field">
      Bill: a file of <code>spillway import --out</code>
      <input type="file" accept="application/json,.json" onChange={(event) => void read(event.target.files?.[0])} />
    </label>
  )
}
