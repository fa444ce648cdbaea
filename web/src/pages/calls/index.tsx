import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { Link, useLocation, useSearchParams } from 'wouter'
import { useCallPages, type Call } from '../../api/questions.ts'
import { useFormats } from '../../format/preferences.tsx'
import { PageHead, Section } from '../../ui/page.tsx'
import { Empty, Failed, Loading } from '../../ui/states.tsx'
import { useWindow, WindowPicker } from '../../ui/window-picker.tsx'
import styles from './calls.module.css'
import { CALL_COLUMNS } from './columns.tsx'
import { FILTERS, filterQuery, filterText, readFilters, type Filter } from './filters.ts'

const PAGE = 200
const ROW = 34
/** Rows before the end at which the next page is asked for. */
const AHEAD = 60

/** Single calls, newest first: as many as there are, of which only those on the screen are drawn. */
export function Page(): ReactNode {
  const window = useWindow('24h')
  const [search, setSearch] = useSearchParams()
  const filters = readFilters(search.getAll('where'))
  const setFilters = (next: readonly Filter[]): void =>
    setSearch((last) => {
      const params = new URLSearchParams(last)
      params.delete('where')
      for (const filter of next) params.append('where', filterText(filter))
      return params
    })
  const pages = useCallPages({ ...window.query, limit: PAGE, ...filterQuery(filters) })
  const calls = pages.data?.pages.flatMap((page) => page.calls) ?? []
  return (
    <>
      <PageHead title="Calls" answer="What happened in this call?" tools={<WindowPicker window={window} />} />
      <Section title="Filter">
        <FilterBar filters={filters} onChange={setFilters} />
      </Section>
      {pages.error !== null ? (
        <Failed error={pages.error} retry={() => void pages.refetch()} />
      ) : pages.data === undefined ? (
        <Loading what="calls" lines={12} />
      ) : calls.length === 0 ? (
        <Empty title="No call">There is none in the {window.label}{filters.length > 0 ? ' that all filters hold for' : ''}.</Empty>
      ) : (
        <List calls={calls} more={pages.hasNextPage} loading={pages.isFetchingNextPage} loadMore={() => void pages.fetchNextPage()} />
      )}
    </>
  )
}

function FilterBar({ filters, onChange }: { readonly filters: readonly Filter[]; readonly onChange: (filters: readonly Filter[]) => void }): ReactNode {
  const [dimension, setDimension] = useState('user')
  const [tag, setTag] = useState('team')
  const [value, setValue] = useState('')
  return (
    <>
      {filters.length === 0 ? null : (
        <ul className="chips">
          {filters.map((filter) => (
            <li key={filterText(filter)}>
              <button type="button" onClick={() => onChange(filters.filter((one) => one !== filter))} aria-label={`Remove the filter ${filterText(filter)}`}>
                {filter.dimension}: {filter.value === '' ? 'not said' : filter.value} ✕
              </button>
            </li>
          ))}
        </ul>
      )}
      <form
        className="row"
        onSubmit={(event) => {
          event.preventDefault()
          const next = { dimension: dimension === 'tag' ? `tag:${tag}` : dimension, value }
          if (!filters.some((one) => filterText(one) === filterText(next))) onChange([...filters, next])
          setValue('')
        }}
      >
        <label>
          what
          <select value={dimension} onChange={(event) => setDimension(event.target.value)}>
            {FILTERS.map((name) => (
              <option key={name}>{name}</option>
            ))}
            <option value="tag">a tag</option>
          </select>
        </label>
        {dimension === 'tag' ? (
          <label>
            tag
            <input value={tag} maxLength={64} required onChange={(event) => setTag(event.target.value)} />
          </label>
        ) : null}
        <label>
          is
          <input value={value} maxLength={1024} placeholder="empty = not said" onChange={(event) => setValue(event.target.value)} />
        </label>
        <button type="submit">Add</button>
      </form>
    </>
  )
}

function List({ calls, more, loading, loadMore }: { readonly calls: readonly Call[]; readonly more: boolean; readonly loading: boolean; readonly loadMore: () => void }): ReactNode {
  const formats = useFormats()
  const [, navigate] = useLocation()
  const scroller = useRef<HTMLDivElement>(null)
  const [chosen, setChosen] = useState(0)
  const rows = useVirtualizer({ count: calls.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 12 })
  const items = rows.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (more && !loading && last >= calls.length - AHEAD) loadMore()
  }, [more, loading, last, calls.length, loadMore])

  function onKeyDown(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -calls.length, End: calls.length }[event.key]
    if (event.key === 'Enter') navigate(`/calls/${encodeURIComponent(calls[chosen]!.id)}`)
    if (step === undefined) return
    event.preventDefault()
    const next = Math.min(calls.length - 1, Math.max(0, chosen + step))
    setChosen(next)
    rows.scrollToIndex(next)
  }
  const columns = CALL_COLUMNS.map(({ width }) => width).join(' ')
  return (
    <>
      <div className={styles.list} role="table" aria-label="Calls, the newest first" aria-rowcount={more ? -1 : calls.length + 1}>
      <div role="rowgroup">
        <div role="row" className={styles.head} style={{ gridTemplateColumns: columns }}>
          {CALL_COLUMNS.map(({ id, header, number }) => (
            <span key={id} role="columnheader" className={number === true ? styles.number : undefined}>
              {header}
            </span>
          ))}
        </div>
      </div>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, and arrows move in it */}
      <div role="rowgroup" ref={scroller} className={styles.scroller} tabIndex={0} aria-label="Arrows move, Enter opens" onKeyDown={onKeyDown}>
        <div className={styles.space} style={{ height: rows.getTotalSize() }}>
          {items.map(({ index, start }) => {
            const call = calls[index]!
            return (
              <div key={call.id} role="row" aria-rowindex={index + 2} className={styles.row} data-chosen={index === chosen || undefined} style={{ transform: `translateY(${start}px)`, gridTemplateColumns: columns }}>
                {CALL_COLUMNS.map(({ id, cell, number }, at) => (
                  <span key={id} role="cell" className={number === true ? styles.number : undefined}>
                    {at === 0 ? (
                      <Link to={`/calls/${encodeURIComponent(call.id)}`} tabIndex={-1}>
                        {cell(call, formats)}
                      </Link>
                    ) : (
                      cell(call, formats)
                    )}
                  </span>
                ))}
              </div>
            )
          })}
        </div>
      </div>
    </div>
    <p className="faint" role="status">
      {formats.count(calls.length)} {more ? 'read so far; more come as you scroll' : 'calls, and no more'}
    </p>
    </>
  )
}
