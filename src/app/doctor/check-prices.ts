import { STALE_DAYS } from '../../core/catalog/check.ts'
import type { PoolConfig } from '../../route/config-types.ts'
import { ok, warn, type Finding } from './finding.ts'

const DAY_MS = 86_400_000

/** The price of each pool with its age; `today` in Unix ms. */
export function checkPrice(pool: PoolConfig, today: number): Finding {
  const check = `price ${pool.id}`
  const asOf = /@(\d{4}-\d{2}-\d{2})$/u.exec(pool.priceVersion)?.[1]
  if (asOf === undefined) return ok(check, 'from the configuration itself')
  const days = Math.floor((today - Date.parse(asOf)) / DAY_MS)
  const offer = pool.priceVersion.slice(0, -asOf.length - 1)
  if (days > STALE_DAYS) return warn(check, `${offer} is of ${asOf}, ${days} days old`, 'Read the price again and give your own (catalog: or card:)')
  return ok(check, `${offer} of ${asOf} (${days} ${days === 1 ? 'day' : 'days'} old)`)
}
