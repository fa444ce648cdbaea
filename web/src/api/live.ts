import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { get } from './client.ts'

export interface LiveEndpoint {
  readonly id: string
  readonly up: boolean
  readonly breaker: 'closed' | 'open' | 'half-open'
  readonly inFlight: number
  readonly capacity: number
  readonly waiting: number | null
  readonly running: number | null
  readonly kvUsage: number | null
  readonly scrapeAgeMs: number | null
}

export interface LivePool {
  readonly id: string
  readonly kind: 'dedicated' | 'serverless' | 'tokens'
  readonly region: string | null
  readonly models: readonly string[]
  readonly inFlight: number
  readonly capacity: number
  readonly saturation: number
  readonly saturated: boolean
  readonly endpoints: readonly LiveEndpoint[]
}

/** How it is at one moment: /api/v1/live, and each event of /api/v1/events. */
export interface Live {
  readonly at: number
  readonly pools: readonly LivePool[]
  readonly waiting: number
  readonly queueLimit: number
  readonly saturation: { readonly enter: number; readonly release: number }
  readonly recent: {
    readonly seconds: number
    readonly calls: number
    readonly errors: number
    readonly byPool: Readonly<Record<string, number>>
    readonly byReason: Readonly<Record<string, number>>
    readonly ttft: Readonly<Record<string, { readonly p50: number; readonly p95: number }>>
    readonly perSecond: Readonly<Record<string, readonly number[]>>
  }
  readonly prewarm: {
    readonly rules: readonly { readonly pool: string; readonly cron: string; readonly timeZone: string; readonly leadMinutes: number; readonly keepMinutes: number; readonly replicas: number; readonly via: string }[]
    readonly warm: readonly { readonly pool: string; readonly via: string; readonly replicas: number; readonly since: number }[]
  }
  readonly telemetry: { readonly state: string; readonly asOf: number | null; readonly behindBytes: number; readonly failure: string | null }
  readonly journal: { readonly bytes: number; readonly lost: number; readonly failure: string | null }
  readonly audit: { readonly size: number; readonly stopped: string | null; readonly witnesses: readonly { readonly name: string; readonly ok: boolean }[] } | null
  readonly alerts: { readonly warning: number; readonly critical: number }
  readonly notes: readonly string[]
}

export type Connection = 'connecting' | 'live' | 'lost' | 'paused'

/** The newest view, while the page is shown; the browser connects again by itself. */
export function useLive(paused = false): { readonly live: Live | null; readonly connection: Connection } {
  const [live, setLive] = useState<Live | null>(null)
  const [connection, setConnection] = useState<Connection>('connecting')
  useEffect(() => {
    if (paused) {
      setConnection('paused')
      return
    }
    setConnection('connecting')
    const source = new EventSource('/api/v1/events')
    source.addEventListener('live', (event: MessageEvent<string>) => {
      setLive(JSON.parse(event.data) as Live)
      setConnection('live')
    })
    source.addEventListener('error', () => setConnection('lost'))
    source.addEventListener('ended', () => {
      source.close()
      setConnection('lost')
    })
    return () => source.close()
  }, [paused])
  return { live, connection }
}

const KINDS_STALE_MS = 60_000

/** The kind of each pool that is configured, for pages that only color by it; none until it is known. */
export function usePoolKinds(): ReadonlyMap<string, string> {
  const { data } = useQuery({ queryKey: ['pool-kinds'], queryFn: ({ signal }) => get<Live>('/api/v1/live', {}, signal), staleTime: KINDS_STALE_MS })
  return new Map(data?.pools.map(({ id, kind }) => [id, kind]))
}
