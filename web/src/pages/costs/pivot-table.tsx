import type { ReactNode } from 'react'
import type { Costs } from '../../api/questions.ts'
import { useFormats } from '../../format/preferences.tsx'
import { CallsLink } from '../../ui/calls-link.tsx'
import { Empty } from '../../ui/states.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import styles from './costs.module.css'
import { pivotOf, type Name, type Pivot } from './pivot.ts'

const MOST = { rows: 15, columns: 8 }

const words = (name: Name): ReactNode => name ?? <span className="faint">not said</span>

/** Costs of one dimension down and of another across; each amount leads to its calls. */
export function PivotTable({ data, window }: { readonly data: Costs; readonly window: string }): ReactNode {
  const formats = useFormats()
  const [down = '', across = ''] = data.by
  const pivot = pivotOf(data.rows, data.other, MOST)
  if (pivot.rows.length === 0) return <Empty title="No call in this time" />
  const columns: Column<Pivot['rows'][number]>[] = [
    { id: 'name', header: `${down} by ${across}`, cell: ({ name }) => <CallsLink where={[[down, name]]} window={window}>{words(name)}</CallsLink> },
    ...pivot.columns.map((column, index): Column<Pivot['rows'][number]> => ({
      id: `${index} ${column}`,
      header: <CallsLink where={[[across, column]]} window={window}>{words(column)}</CallsLink>,
      number: true,
      cell: ({ name, cells }) =>
        (cells[index] ?? 0) === 0 ? (
          <span className="faint">-</span>
        ) : (
          <span className={styles.cell}>
            <i style={{ width: `${((cells[index] ?? 0) / pivot.most) * 100}%` }} />
            <CallsLink where={[[down, name], [across, column]]} window={window}>{formats.money(cells[index])}</CallsLink>
          </span>
        ),
    })),
    ...(pivot.rows.some(({ rest }) => rest > 0) ? [{ id: 'rest', header: 'all others', number: true, cell: ({ rest }: Pivot['rows'][number]) => (rest === 0 ? '-' : formats.money(rest)) }] : []),
    { id: 'total', header: 'sum', number: true, cell: ({ total }) => <strong>{formats.money(total)}</strong> },
  ]
  return (
    <>
      <Table caption={`Costs by ${down} and ${across}`} rows={pivot.rows} columns={columns} keyOf={({ name }, index) => `${index} ${name}`} />
      {pivot.rest === 0 ? null : <p className="faint">And {formats.money(pivot.rest)} in smaller groups.</p>}
    </>
  )
}
