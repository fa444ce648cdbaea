import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { usdOfNano, type Insights } from '../../api/questions.ts'
import { useFormats } from '../../format/preferences.tsx'
import { Empty } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { kindWords } from '../leaks/kind-words.ts'

const MOST = 5

export function TopLeaks({ data }: { readonly data: Insights }): ReactNode {
  const formats = useFormats()
  const proven = data.findings.filter(({ hypothesis }) => !hypothesis).slice(0, MOST)
  if (proven.length === 0) return <Empty title="None found">Of {formats.count(data.calls)} calls none was paid for nothing, as far as can be proved.</Empty>
  return (
    <Table
      caption="Largest leaks"
      rows={proven}
      keyOf={({ id }) => id}
      columns={[
        { id: 'kind', header: 'what', cell: ({ id, kind, subject }) => <Link to={`/leaks?leak=${encodeURIComponent(id)}`}>{`${kindWords(kind)}: ${subject.name}`}</Link> },
        { id: 'lost', header: 'lost', number: true, cell: ({ lostNanoUsd }) => formats.cents(usdOfNano(lostNanoUsd)) },
        { id: 'month', header: 'a month', number: true, cell: ({ monthly }) => formats.money(usdOfNano(monthly?.nanoUsd)) },
        { id: 'mend', header: 'mend', cell: ({ mend }) => mend },
      ]}
    />
  )
}
