import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { cfoPdf } from '../src/app/report/cfo/cfo-pdf.ts'
import { shippedCatalog } from '../src/app/catalog.ts'
import { shippedPerfTable } from '../src/app/perf-table.ts'
import { buildPlanInput } from '../src/decide/input/build-plan-input.ts'
import { DEFAULT_CHOICES, requestOf } from '../src/decide/input/plan-choices.ts'
import { plan } from '../src/decide/plan.ts'
import { readTraffic } from '../src/measure/traffic/read-traffic.ts'

/** The day that the report is of: the same bytes whenever it is made. */
const AT = new Date('2026-11-25T12:00:00Z')
export const REPORT_FILE = fileURLToPath(new URL('../docs/report-example.pdf', import.meta.url))

/** The report of the shipped example trace, as docs/ has it. */
export async function exampleReport(): Promise<Uint8Array> {
  const file = 'examples/servegen-m-mid.csv'
  const { bins } = await readTraffic({ file: fileURLToPath(new URL(`../${file}`, import.meta.url)) })
  const traffic = { source: file, measured: true, bins, localHour: (ms: number) => Math.floor(ms / 3_600_000) % 24, tokens: null, warnings: [] }
  const choices = { ...DEFAULT_CHOICES, model: 'llama-3.1-70b' }
  const result = plan(buildPlanInput(requestOf(choices, { catalog: shippedCatalog(), perf: shippedPerfTable(), traffic, current: { monthlyUsd: 60_000, source: 'an assumed bill, for the example' }, today: AT.toISOString().slice(0, 10) })))
  return cfoPdf(result, { generatedAt: AT, actuals: null, audit: null, priceDecline: choices.priceDecline })
}

if (import.meta.main) writeFileSync(REPORT_FILE, await exampleReport())
