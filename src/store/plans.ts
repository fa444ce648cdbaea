/** Plans that were saved to be held against what is metered later. One of a tenant is the one that counts: the newest. */
export interface PlanStore {
  /** Throws CONTROL_ROW_INVALID for a row that is out of its limits. */
  readonly put: (plan: PlanRow, act?: object) => Promise<void>
  /** Of a tenant, the newest first. */
  readonly list: (tenant: string) => Promise<readonly PlanRow[]>
  /** False = there was none of that id in that tenant. */
  readonly remove: (tenant: string, id: string, act?: object) => Promise<boolean>
}

export interface PlanRow {
  readonly id: string
  readonly tenant: string
  readonly title: string
  /** Unix ms. */
  readonly savedAt: number
  /** What is held against the meter, and the plan that it is of: plain JSON. */
  readonly summary: SavedSummary
}

/** What a saved plan foresees, in dollars for a month of 730 hours. */
export interface SavedSummary {
  readonly recommended: string
  readonly scenario: string
  readonly monthlyUsd: number
  /** 80 % interval on other days; null = the traffic was described, not measured. */
  readonly lowUsd: number | null
  readonly highUsd: number | null
  readonly dedicatedUsd: number
  readonly otherUsd: number
  readonly requestsPerMonth: number
  readonly currentMonthlyUsd: number | null
}

export const MOST_PLANS = 100
const MOST_TITLE = 200
const ID = /^plan_[\w-]{8,64}$/u

/** What is wrong with a row; null = nothing. */
export function wrongPlan({ id, tenant, title, savedAt, summary }: PlanRow): string | null {
  if (!ID.test(id)) return 'a plan has an id such as plan_1a2b3c4d'
  if (tenant === '' || tenant.length > 128) return 'a plan is of a tenant'
  // oxlint-disable-next-line no-control-regex -- line breaks would forge lines of a log
  if (title.trim() === '' || title.length > MOST_TITLE || /[\u0000-\u001f\u007f]/u.test(title)) return `a plan has a title of 1 to ${MOST_TITLE} characters`
  if (!Number.isSafeInteger(savedAt) || savedAt < 0) return 'a plan was saved at a time'
  const figures = [summary.monthlyUsd, summary.dedicatedUsd, summary.otherUsd, summary.requestsPerMonth, ...[summary.lowUsd, summary.highUsd, summary.currentMonthlyUsd].flatMap((one) => one ?? [])]
  return figures.every((one) => Number.isFinite(one) && one >= 0) ? null : 'figures of a plan are numbers that are not negative'
}
