import type { ReactNode } from 'react'
import type { Call } from '../../api/questions.ts'
import type { Formats } from '../../format/formats.ts'

export interface CallColumn {
  readonly id: string
  readonly header: string
  /** A track of the grid. */
  readonly width: string
  readonly number?: boolean
  readonly cell: (call: Call, formats: Formats) => ReactNode
}

const total = (usage: Call['usage'], names: readonly string[]): number => names.reduce((sum, name) => sum + (usage[name] ?? 0), 0)
export const inputTokens = ({ usage }: Pick<Call, 'usage'>): number => total(usage, ['inputUncached', 'cacheRead', 'cacheWrite', 'audioInput', 'imageInput'])
export const outputTokens = ({ usage }: Pick<Call, 'usage'>): number => total(usage, ['output', 'reasoning', 'audioOutput'])

/** Cost as it is known: an estimate and a part are said to be such. */
export function costText({ usd, status }: Call['cost'], formats: Formats): string {
  if (status === 'unknown') return 'unknown'
  const text = formats.cents(Number(usd))
  return status === 'partial' ? `≥ ${text}` : status === 'estimated' ? `~ ${text}` : text
}

export const CALL_COLUMNS: readonly CallColumn[] = [
  { id: 'at', header: 'when', width: '13.5rem', cell: ({ startedAt }, formats) => formats.dateTime(startedAt) },
  { id: 'model', header: 'model', width: 'minmax(8rem, 1fr)', cell: ({ modelServed, modelAsked, name }) => modelServed ?? modelAsked ?? name },
  { id: 'pool', header: 'pool', width: 'minmax(5rem, 0.6fr)', cell: ({ pool, source }) => pool ?? source },
  { id: 'user', header: 'user', width: 'minmax(6rem, 0.8fr)', cell: ({ user }) => user ?? '-' },
  { id: 'feature', header: 'feature', width: 'minmax(5rem, 0.8fr)', cell: ({ feature }) => feature ?? '-' },
  { id: 'in', header: 'in', width: '4.5rem', number: true, cell: (call, formats) => formats.compact(inputTokens(call)) },
  { id: 'out', header: 'out', width: '4rem', number: true, cell: (call, formats) => formats.compact(outputTokens(call)) },
  { id: 'ttft', header: 'TTFT', width: '4.5rem', number: true, cell: ({ ttftMs }, formats) => (ttftMs === null ? '-' : formats.duration(ttftMs)) },
  { id: 'total', header: 'total', width: '4.5rem', number: true, cell: ({ durationMs }, formats) => formats.duration(durationMs) },
  { id: 'cost', header: 'cost', width: '6.5rem', number: true, cell: ({ cost }, formats) => costText(cost, formats) },
  { id: 'outcome', header: 'outcome', width: '7rem', cell: ({ outcome }) => (outcome === 'ok' ? 'ok' : <span className="loss">{outcome}</span>) },
]
