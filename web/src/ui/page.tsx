import type { ReactNode } from 'react'
import styles from './ui.module.css'

/** A page asks one question; the answer in a sentence stands under it. */
export function PageHead({ title, answer, tools }: { readonly title: string; readonly answer?: ReactNode; readonly tools?: ReactNode }): ReactNode {
  return (
    <header className={styles.pageHead}>
      <div>
        <h1>{title}</h1>
        {answer === undefined ? null : <p className={styles.answer}>{answer}</p>}
      </div>
      {tools === undefined ? null : <div className={styles.tools}>{tools}</div>}
    </header>
  )
}

export function Section({ title, note, tools, children }: { readonly title: string; readonly note?: ReactNode; readonly tools?: ReactNode; readonly children: ReactNode }): ReactNode {
  return (
    <section className={styles.section} aria-label={title}>
      <header className={styles.sectionHead}>
        <h2>{title}</h2>
        {tools}
      </header>
      {note === undefined ? null : <p className={styles.note}>{note}</p>}
      {children}
    </section>
  )
}

/** A figure with what it is, and the words that make it checkable. */
export function Figure({ label, value, note, tone }: { readonly label: string; readonly value: ReactNode; readonly note?: ReactNode; readonly tone?: 'waste' }): ReactNode {
  return (
    <div className={styles.figure} data-tone={tone}>
      <dt>{label}</dt>
      <dd>{value}</dd>
      {note === undefined ? null : <dd className={styles.figureNote}>{note}</dd>}
    </div>
  )
}

export function Figures({ children }: { readonly children: ReactNode }): ReactNode {
  return <dl className={styles.figures}>{children}</dl>
}
