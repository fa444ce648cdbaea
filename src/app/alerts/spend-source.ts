import { toUsd } from '../../core/money.ts'
import { spendConditions, type HourlySpend } from '../../measure/alert/spend-anomaly.ts'
import type { Condition } from '../../measure/alert/condition.ts'
import type { AggregateQuery, AggregateRow, Dimension } from '../../store/telemetry.ts'
import type { AlertSource } from './start-alerts.ts'

export interface SpendSourceDeps {
  /** Throws where the store is not to be had just now. */
  readonly aggregate: (tenant: string, query: AggregateQuery) => Promise<readonly AggregateRow[]>
  /** Unix ms up to which everything is loaded; null = not known. */
  readonly asOf: () => number | null
  readonly tenants: () => Promise<readonly string[]>
  /** Excess in an hour from which spend is told, USD. */
  readonly leastUsd: () => number
}

const HOUR_MS = 3_600_000
/** Two weeks before the hour that is judged. */
const HISTORY_HOURS = 14 * 24
/** Of each dimension, those that cost most in the hour. */
const MOST_SERIES = 50
/** What is judged one by one, besides the tenant as a whole. */
const DIMENSIONS: readonly Dimension[] = ['feature', 'key']

/** Hours of a tenant, its features and its keys that cost far more than is usual. Each hour is judged once, when it is over and loaded. */
export function spendSource({ aggregate, asOf, tenants, leastUsd }: SpendSourceDeps): AlertSource {
  let judged: { readonly hour: number; readonly conditions: readonly Condition[] } | null = null

  async function series(tenant: string, by: readonly Dimension[], lastHour: number): Promise<readonly HourlySpend[]> {
    const until = lastHour + HOUR_MS
    const top = await aggregate(tenant, { from: lastHour, until, by, measures: ['costNanoUsd'], top: { by: 'costNanoUsd', limit: MOST_SERIES } })
    if (top.length === 0) return []
    const from = until - (HISTORY_HOURS + 1) * HOUR_MS
    const [dimension] = by
    const where = dimension === undefined ? {} : { where: { [dimension]: top.map(({ group }) => group[0]!) } }
    const rows = await aggregate(tenant, { from, until, by, bucketMs: HOUR_MS, measures: ['costNanoUsd'], ...where })
    return top.map(({ group: [name = null] }) => ({ tenant, about: dimension === undefined ? `Tenant ${tenant}` : `${dimension === 'key' ? 'Key' : 'Feature'} ${name ?? '(not said)'}`, lastHour, usd: hoursOf(rows, name, from) }))
  }

  return {
    kind: 'spend-anomaly',
    conditions: async () => {
      const loaded = asOf()
      if (loaded === null) return null
      const hour = Math.floor(loaded / HOUR_MS) * HOUR_MS - HOUR_MS
      if (judged?.hour === hour) return judged.conditions
      const found: Condition[] = []
      for (const tenant of await tenants()) {
        for (const by of [[], ...DIMENSIONS.map((dimension) => [dimension])]) found.push(...spendConditions(await series(tenant, by, hour), leastUsd()))
      }
      judged = { hour, conditions: found }
      return found
    },
  }
}

/** USD by hour; from the first hour that cost anything, since before it there was no traffic to compare with. */
function hoursOf(rows: readonly AggregateRow[], name: string | null, from: number): number[] {
  const hours = Array.from({ length: HISTORY_HOURS + 1 }, () => 0)
  for (const { at, group, values } of rows) if ((group[0] ?? null) === name) hours[Math.round((at! - from) / HOUR_MS)] = toUsd(BigInt(values.costNanoUsd!))
  return hours.slice(Math.max(0, hours.findIndex((usd) => usd > 0)))
}
