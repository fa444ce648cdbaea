import { useRef, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react'
import styles from './calculator.module.css'

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const
const HOURS = 24

/** The hours of a week in which there is traffic: drawn with the pointer, or with arrows and the space bar. */
export function WeekGrid({ week, onChange }: { readonly week: Uint8Array; readonly onChange: (week: Uint8Array) => void }): ReactNode {
  const drawing = useRef<number | null>(null)
  const grid = useRef<HTMLDivElement>(null)
  const set = (hour: number, value: number): void => {
    if (week[hour] === value) return
    const next = Uint8Array.from(week)
    next[hour] = value
    // A week without an hour has no traffic: the last one stays.
    if (next.includes(1)) onChange(next)
  }
  const move = (event: KeyboardEvent, hour: number): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: HOURS, ArrowUp: -HOURS }[event.key]
    if (step === undefined) return
    event.preventDefault()
    grid.current?.querySelector<HTMLElement>(`[data-hour="${(hour + step + 168) % 168}"]`)?.focus()
  }
  return (
    <div
      ref={grid}
      className={styles.week}
      role="group"
      aria-label="Hours with traffic, Monday first"
      onPointerDown={(event) => {
        const hour = hourAt(event)
        if (hour === null) return
        drawing.current = week[hour] === 1 ? 0 : 1
        set(hour, drawing.current)
      }}
      onPointerMove={(event) => {
        const hour = drawing.current === null || event.buttons === 0 ? null : hourAt(event)
        if (hour !== null) set(hour, drawing.current!)
      }}
      onPointerUp={() => {
        drawing.current = null
      }}
    >
      {DAYS.map((day, row) => (
        <div key={day} className={styles.day}>
          <span>{day}</span>
          {Array.from({ length: HOURS }, (_, column) => {
            const hour = row * HOURS + column
            return (
              <button
                key={hour}
                type="button"
                data-hour={hour}
                aria-pressed={week[hour] === 1}
                aria-label={`${day} ${column}:00`}
                tabIndex={hour === 0 ? 0 : -1}
                onKeyDown={(event) => move(event, hour)}
                onClick={(event) => {
                  // The pointer has drawn already; a click without one comes from the keyboard.
                  if (event.detail === 0) set(hour, week[hour] === 1 ? 0 : 1)
                }}
              />
            )
          })}
        </div>
      ))}
      <div className={styles.hours} aria-hidden="true">
        <span>0</span>
        <span>6</span>
        <span>12</span>
        <span>18</span>
        <span>24</span>
      </div>
    </div>
  )
}

function hourAt(event: PointerEvent): number | null {
  const cell = document.elementFromPoint(event.clientX, event.clientY)?.closest('[data-hour]')
  return cell === null || cell === undefined ? null : Number(cell.getAttribute('data-hour'))
}
