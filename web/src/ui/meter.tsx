import type { ReactNode } from 'react'
import styles from './ui.module.css'

/** A share as a bar with its figure; `marks` are limits that matter, 0 to 1. */
export function Meter({ value, color, label, text, marks = [] }: { readonly value: number; readonly color: string; readonly label: string; readonly text: string; readonly marks?: readonly number[] }): ReactNode {
  const shown = Math.min(1, Math.max(0, value))
  return (
    <span className={styles.meter}>
      <span className={styles.track} role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={1} aria-valuenow={shown} aria-valuetext={text}>
        <span style={{ width: `${shown * 100}%`, background: color }} />
        {marks.map((mark) => (
          <i key={mark} style={{ left: `${Math.min(1, mark) * 100}%` }} />
        ))}
      </span>
      <span>{text}</span>
    </span>
  )
}
