import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { cfoPdf } from '../src/app/report/cfo/cfo-pdf.ts'
import { shippedCatalog } from '../src/app/catalog.ts'
import { shippedPerfTable } from '../src/app/perf-table.ts'
import { buildPlanInput } from '../src/decide/input/build-plan-input.ts'
import { DEFAULT_CHOICES, requestOf, tokensOf, type PlanChoices } from '../src/decide/input/plan-choices.ts'
import { plan } from '../src/decide/plan.ts'
import { fillGaps } from '../src/measure/traffic/fill-gaps.ts'
import { scaleTraffic } from '../src/core/described-traffic.ts'
import { readTraffic } from '../src/measure/traffic/read-traffic.ts'

/** As much of the trace as "spillway demo" plans on. */
const SCALE = 0.02
/** The day that the report is of: the same bytes whenever it is made. */
const AT = new Date('2026-11-25T12:00:00Z')
export const REPORT_FILE = fileURLToPath(new URL('../docs/report-example.pdf', import.meta.url))

/** The report of the shipped example trace, as docs/ has it. */
export async function exampleReport(): Promise<Uint8Array> {
  const file = 'examples/servegen-m-small.csv'
  const { bins } = await readTraffic({ file: fileURLToPath(new URL(`../${file}`, import.meta.url)) })
  const choices: PlanChoices = { ...DEFAULT_CHOICES, model: 'llama-3.1-70b', precision: 'fp8', ownWeights: true, gpu: ['h100-80gb'], sloTtft: 1, sloTpot: 0.08, inputTokens: 1155, outputTokens: 211 }
  const traffic = { source: `${file} x ${SCALE}`, measured: true, bins: scaleTraffic(fillGaps(bins), SCALE), localHour: (ms: number) => Math.floor(ms / 3_600_000) % 24, tokens: tokensOf(choices), warnings: [] }
  const current = { monthlyUsd: 24_000, source: 'assumed, for the example' }
  const result = plan(buildPlanInput(requestOf(choices, { catalog: shippedCatalog(), perf: shippedPerfTable(), traffic, current, today: AT.toISOString().slice(0, 10) })))
  return cfoPdf(result, { generatedAt: AT, actuals: null, audit: null, priceDecline: choices.priceDecline })
}

if (import.meta.main) writeFileSync(REPORT_FILE, await exampleReport())
