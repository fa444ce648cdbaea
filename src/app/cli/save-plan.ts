import { randomBytes } from 'node:crypto'
import { SpillwayError } from '../../core/errors.ts'
import type { PlanResult } from '../../decide/plan-result.ts'
import { savedSummary } from '../../decide/report/saved-summary.ts'
import { withDataDir, type DataOption } from './data-option.ts'
import type { Io } from './io.ts'

/** Keeps what a plan foresees in the control store of a data directory; a server may be running. Throws PLAN_NOT_PRICED. */
export async function savePlan(result: PlanResult, title: string, options: DataOption & { readonly tenant: string }, io: Io): Promise<void> {
  const summary = savedSummary(result)
  if (summary === null) throw new SpillwayError('PLAN_NOT_PRICED', 'the recommended scenario has no price to hold anything against', 'Give prices with --dedicated and --serverless, or another --gpu')
  await withDataDir(options, io, true, ({ store }) => store.plans.put({ id: `plan_${randomBytes(9).toString('base64url')}`, tenant: options.tenant, title, savedAt: io.now().getTime(), summary }))
}
