import { parentPort } from 'node:worker_threads'
import { buildPlanInput } from '../../decide/input/build-plan-input.ts'
import { requestOf, weeklyRequestTraffic, type PlanChoices } from '../../decide/input/plan-choices.ts'
import { plan } from '../../decide/plan.ts'
import { SpillwayError } from '../../core/errors.ts'
import { shippedCatalog } from '../catalog.ts'
import { shippedPerfTable } from '../perf-table.ts'
import { cfoPdf } from './cfo/cfo-pdf.ts'
import { cfoXlsx } from './cfo/cfo-xlsx.ts'
import type { FromPaper, ToPaper } from './papers.ts'

/** Plans and sets papers in a thread of its own: a plan takes a second of CPU, and the thread that serves calls has none to give. */
async function make({ format, request: { requestsPerDay, week, words, choices, currentMonthlyUsd }, now }: ToPaper): Promise<FromPaper> {
  try {
    const all: PlanChoices = choices
    const current = currentMonthlyUsd === null ? null : { monthlyUsd: currentMonthlyUsd, source: 'given in the calculator' }
    const traffic = weeklyRequestTraffic(requestsPerDay, Uint8Array.from(week), words, all)
    const result = plan(buildPlanInput(requestOf(all, { catalog: shippedCatalog(), perf: shippedPerfTable(), traffic, current, today: new Date(now).toISOString().slice(0, 10) })))
    const bytes = format === 'pdf' ? await cfoPdf(result, { generatedAt: new Date(now), actuals: null, audit: null, priceDecline: all.priceDecline }) : await cfoXlsx(result, { priceDecline: all.priceDecline })
    return { bytes, error: null }
  } catch (error) {
    if (error instanceof SpillwayError) return { bytes: null, error: { code: error.code, message: `${error.message}. ${error.mend}` } }
    return { bytes: null, error: { code: 'INTERNAL', message: (error as Error).message } }
  }
}

parentPort?.on('message', (order: ToPaper) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  void make(order).then((reply) => parentPort?.postMessage(reply))
})
