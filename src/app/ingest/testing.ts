import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Observation, Score } from '../../core/observation.ts'
import { createIngest, type Ingest } from '../../measure/ingest/ingest.ts'
import { settleTrace } from '../../measure/ingest/normalize/settle-trace.ts'
import { priceBook } from '../../measure/ingest/price/price-book.ts'
import type { Admission } from '../../route/seams.ts'
import { shippedCatalog } from '../catalog.ts'
import { ingestRoutes } from './ingest-routes.ts'
import type { KeeperJournal } from './keeper.ts'
import type { IngestRecord } from './records.ts'

export const KEY = 'sw_test-key'
export const READ_ONLY = 'sw_read-only'
export const PRICE = priceBook(shippedCatalog().tokenOffers)

/** A journal in memory: what it was given, and what of it was flushed. */
export class MemoryJournal implements KeeperJournal {
  readonly records: IngestRecord[] = []
  durable = 0
  lost = 0
  waiting = 0
  failing = false

  append(record: object): void {
    if (this.failing) this.lost++
    else this.records.push(record as IngestRecord)
  }

  flush(): Promise<void> {
    this.durable = this.records.length
    return Promise.resolve()
  }

  stats(): { readonly lost: number; readonly waiting: number } {
    return { lost: this.lost, waiting: this.waiting }
  }

  /** As a loader has them: the last of an id counts, and each trace is settled once more. */
  observations(): Observation[] {
    const last = new Map<string, Observation>()
    for (const record of this.records) if (record.kind === 'observation') last.set(`${record.observation.tenant} ${record.observation.id}`, record.observation)
    const traces = Map.groupBy(last.values(), ({ attribution, id }) => attribution.traceId ?? id)
    return [...traces.values()].flatMap((trace) => settleTrace(trace))
  }

  scores(): Score[] {
    return this.records.flatMap((record) => (record.kind === 'score' ? [record.score] : []))
  }
}

export interface TestServer {
  readonly base: string
  readonly journal: MemoryJournal
  readonly defects: unknown[]
  readonly post: (path: string, body: string | Buffer, headers?: Readonly<Record<string, string>>) => Promise<Response>
  readonly close: () => void
}

const admission: Pick<Admission, 'identify'> = {
  identify(secret) {
    if (secret === KEY || secret === READ_ONLY) return { ok: true, keyId: 'key-1', tenant: 'acme', models: null, mayIngest: secret === KEY, mayRead: secret === READ_ONLY, mayAudit: false, mayAdminister: false }
    return { ok: false, status: 401, code: secret === null ? 'missing_api_key' : 'invalid_api_key', message: 'The key is not valid.', retryAfterSeconds: null, keyId: null, tenant: '' }
  },
}

/** The ingest routes alone, on a free port. `now` fixes the clock. */
export async function startIngest(options: { readonly now?: number; readonly ingest?: Ingest } = {}): Promise<TestServer> {
  const journal = new MemoryJournal()
  const defects: unknown[] = []
  const clock = { now: () => options.now ?? Date.now() }
  const routes = ingestRoutes({ admission, journal, price: PRICE, clock, ingest: options.ingest ?? createIngest({ price: PRICE }), onDefect: (error) => defects.push(error) })
  const server = createServer((request, response) => {
    if (!routes(request, response)) response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    base,
    journal,
    defects,
    post: (path, body, headers = {}) => fetch(base + path, { method: 'POST', body: typeof body === 'string' ? body : new Uint8Array(body), headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers } }),
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
