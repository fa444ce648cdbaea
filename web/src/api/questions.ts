import { keepPreviousData, useInfiniteQuery, useQuery, type UseQueryResult } from '@tanstack/react-query'
import { get, type Query } from './client.ts'

/** Answers of /api/v1, as /api/v1/openapi.json describes them; only what the pages use. Money comes as an exact decimal text. */
export interface Figures {
  readonly at: string | null
  readonly costUsd: string
  readonly share: number | null
  readonly calls: number
  readonly inputTokens: number
  readonly cacheReadTokens: number
  readonly outputTokens: number
  readonly reasoningTokens: number
  readonly failed: number
  readonly aborted: number
  readonly incompleteCost: number
}

export interface SuccessFigures {
  readonly tasks: number
  readonly judged: number
  readonly successes: number
  readonly costPerSuccessUsd: string | null
  readonly lowUsd: string | null
  readonly highUsd: string | null
}

export interface CostRow extends Figures {
  readonly group: readonly (string | null)[]
  readonly success: SuccessFigures | null
}

export interface Loaded {
  readonly asOf: string | null
  readonly behindBytes: number
}

export interface Costs extends Loaded {
  readonly from: string
  readonly to: string
  readonly by: readonly string[]
  readonly rows: readonly CostRow[]
  readonly other: readonly Figures[]
  readonly total: readonly Figures[]
  readonly success: SuccessFigures | null
}

export interface LatencyRow {
  readonly at: string | null
  readonly group: readonly (string | null)[]
  readonly calls: number
  readonly p50: number | null
  readonly p90: number | null
  readonly p95: number | null
  readonly p99: number | null
}

export interface Latency extends Loaded {
  readonly metric: string
  readonly rows: readonly LatencyRow[]
}

export interface Distribution extends Loaded {
  readonly metric: string
  readonly measured: number
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
  readonly bars: readonly { readonly value: number; readonly calls: number }[]
}

export interface Finding {
  readonly id: string
  readonly kind: string
  readonly subject: { readonly dimension: string; readonly name: string; readonly part?: string }
  readonly what: string
  readonly mend: string
  readonly lostNanoUsd: string
  readonly monthly: { readonly nanoUsd: string; readonly low: string; readonly high: string } | null
  readonly confidence: number
  readonly hypothesis: boolean
  readonly calls: number
  readonly evidence: readonly string[]
  readonly figures: Readonly<Record<string, number | string>>
}

export interface Insights extends Loaded {
  readonly from: string
  readonly to: string
  readonly calls: number
  readonly spentNanoUsd: string
  readonly lostNanoUsd: string
  readonly perhapsNanoUsd: string
  readonly findings: readonly Finding[]
  readonly limits: readonly string[]
}

export interface BillPart {
  readonly usd: string
  readonly cents: number
  readonly share: number | null
}

export interface Reconciliation extends Loaded {
  readonly from: string
  readonly to: string
  readonly by: string
  readonly pools: readonly {
    readonly pool: string
    readonly replicas: number
    readonly billUsd: string
    readonly rows: readonly (BillPart & { readonly group: string | null })[]
    readonly other: BillPart
    readonly otherTenants: BillPart
    readonly idle: BillPart
    readonly overrunUsd: string
  }[]
}

export interface Call {
  readonly id: string
  readonly startedAt: string
  readonly durationMs: number
  readonly source: string
  readonly kind: string
  readonly name: string
  readonly billable: boolean
  readonly user: string | null
  readonly feature: string | null
  readonly session: string | null
  readonly prompt: string | null
  readonly promptVersion: string | null
  readonly traceId: string | null
  readonly spanId: string | null
  readonly parentSpanId: string | null
  readonly tags: Readonly<Record<string, string>>
  readonly key: string | null
  readonly provider: string | null
  readonly modelAsked: string | null
  readonly modelServed: string | null
  readonly pool: string | null
  readonly endpoint: string | null
  readonly reason: string | null
  readonly streamed: boolean | null
  readonly outcome: string
  readonly status: number | null
  readonly errorCode: string | null
  readonly finishReason: string | null
  readonly queuedMs: number | null
  readonly ttftMs: number | null
  readonly tpotMs: number | null
  readonly usage: Readonly<Record<string, number>>
  readonly usageSource: string
  readonly cost: { readonly usd: string; readonly nanoUsd: string; readonly status: string; readonly missing: readonly string[]; readonly priceVersion: string }
  readonly attempts: number
  readonly clientRetry: number | null
  readonly requestBytes: number | null
  readonly responseBytes: number | null
  readonly fingerprint: string | null
  readonly responseId: string | null
  readonly toolsDeclared: readonly string[]
  readonly toolsCalled: readonly string[]
}

export interface Score {
  readonly id: string
  readonly name: string
  readonly value: number | null
  readonly label: string | null
  readonly at: string
  readonly source: string
  readonly observationId: string | null
}

const NANO = 1e9
/** For pictures and sums of a page: a double holds every amount below 9 million dollars to the nano-dollar. */
export const usdOf = (text: string | null | undefined): number | null => (text === null || text === undefined ? null : Number(text))
export const usdOfNano = (nano: string | null | undefined): number | null => (nano === null || nano === undefined ? null : Number(nano) / NANO)

/** Asks again by itself after so long, ms; 0 = not. */
interface Asking {
  readonly every?: number
  readonly enabled?: boolean
}

function useQuestion<T>(name: string, query: Query, { every = 0, enabled = true }: Asking = {}): UseQueryResult<T, Error> {
  return useQuery({ queryKey: [name, query], queryFn: ({ signal }) => get<T>(`/api/v1/${name}`, query, signal), placeholderData: keepPreviousData, enabled, ...(every === 0 ? {} : { refetchInterval: every }) })
}

export const useCosts = (query: Query, asking?: Asking): UseQueryResult<Costs, Error> => useQuestion('costs', query, asking)
export const useLatency = (query: Query, asking?: Asking): UseQueryResult<Latency, Error> => useQuestion('latency', query, asking)
export const useDistribution = (query: Query, asking?: Asking): UseQueryResult<Distribution, Error> => useQuestion('distribution', query, asking)
export const useInsights = (query: Query, asking?: Asking): UseQueryResult<Insights, Error> => useQuestion('insights', query, asking)
export const useReconciliation = (query: Query, asking?: Asking): UseQueryResult<Reconciliation, Error> => useQuestion('reconciliation', query, asking)
export const useCall = (id: string): UseQueryResult<Loaded & { readonly call: Call }, Error> => useQuestion(`calls/${encodeURIComponent(id)}`, {})

export interface CallPage extends Loaded {
  readonly calls: readonly Call[]
  readonly next: string | null
}

export interface TraceStep {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly startedAt: string
  readonly offsetMs: number
  readonly durationMs: number
  readonly outcome: string
  readonly model: string | null
  readonly tool: string | null
  readonly billable: boolean
  readonly inputTokens: number
  readonly outputTokens: number
  readonly costUsd: string
  readonly costStatus: string
  readonly calls: number
  readonly children: readonly TraceStep[]
}

export interface Trace extends Loaded {
  readonly id: string
  readonly startedAt: string | null
  readonly durationMs: number
  readonly costUsd: string
  readonly calls: number
  readonly steps: number
  readonly incompleteCost: number
  readonly cut: boolean
  readonly scores: readonly Score[]
  readonly roots: readonly TraceStep[]
}

export const useTrace = (id: string): UseQueryResult<Trace, Error> => useQuestion(`traces/${encodeURIComponent(id)}`, {})

/** Calls, newest first, page by page as one scrolls. */
export function useCallPages(query: Query) {
  return useInfiniteQuery({
    queryKey: ['call-pages', query],
    queryFn: ({ pageParam, signal }) => get<CallPage>('/api/v1/calls', { ...query, ...(pageParam === '' ? {} : { cursor: pageParam }) }, signal),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
  })
}
