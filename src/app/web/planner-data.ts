import { hash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { toExactJson } from '../../core/exact-json.ts'
import { shippedCatalog } from '../catalog.ts'
import { shippedPerfTable } from '../perf-table.ts'
import type { WebFile } from './web-files.ts'

/** Where the calculator finds what it plans with. */
export const PLANNER_DATA = '/planner-data.json'

let made: WebFile | null = null

/** The catalog and the measured latencies as the planner has them, checked and with exact prices; made once. */
export function plannerData(): WebFile {
  if (made !== null) return made
  const body = Buffer.from(toExactJson({ catalog: shippedCatalog(), perf: shippedPerfTable() }))
  made = { type: 'application/json', body, br: null, gzip: gzipSync(body), forever: false, tag: `"${hash('sha256', body, 'base64url').slice(0, 22)}"` }
  return made
}
