import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LeakReport } from '../../measure/insight/finding.ts'
import type { Window } from '../../measure/insight/insights-of.ts'
import { openTelemetry, type LeanTrace } from '../../measure/load/open-telemetry.ts'
import { shippedCatalog } from '../catalog.ts'

/**
 * The leaks that a journal tells of, without a server: it is loaded into a database of its own that is gone afterwards, so that it
 * works beside a server that runs, and changes nothing. `progress` hears how many records have been read.
 */
export async function journalLeaks(journal: string, tenant: string, window: Window, progress: (records: number) => void, lean?: LeanTrace): Promise<LeakReport> {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-leaks-'))
  try {
    const telemetry = await openTelemetry({ folder, journal, prices: shippedCatalog().tokenOffers })
    try {
      let read = 0
      for (let more = true; more; ) {
        const step = await telemetry.load(Infinity)
        more = step.more
        read += step.counts.observations + step.counts.scores
        progress(read)
      }
      return await telemetry.leaks(tenant, window, lean)
    } finally {
      await telemetry.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
