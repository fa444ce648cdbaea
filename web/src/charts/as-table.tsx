import { useState, type ReactNode } from 'react'
import styles from './charts.module.css'

/** What a picture shows, in figures; written only once somebody opens it. The first column names the row. */
export function AsTable({ title, head, rows }: { readonly title: string; readonly head: readonly string[]; readonly rows: () => readonly (readonly string[])[] }): ReactNode {
  const [isOpen, setOpen] = useState(false)
  return (
    <details className={styles.asTable} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>As a table</summary>
      {isOpen ? (
        <div tabIndex={0} role="region" aria-label={`${title}, as a table`}>
          <table>
            <thead>
              <tr>
                {head.map((name, index) => (
                  <th key={`${index} ${name}`} scope="col" className={index === 0 ? undefined : 'number'}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows().map(([name, ...cells], index) => (
                <tr key={`${index} ${name}`}>
                  <th scope="row">{name}</th>
                  {cells.map((cell, column) => (
                    <td key={column} className="number">
                      {cell}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </details>
  )
}
