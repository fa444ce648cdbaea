import Type, { type Static } from 'typebox'
import { type BillPart, reconcile } from '../../core/billing/reconcile.ts'
import { usdText } from '../../core/catalog/usd-text.ts'
import { type NanoUsd, parseUsd, scale } from '../../core/money.ts'
import type { AggregateRow, Dimension, Selection } from '../../store/telemetry.ts'
import { QueryError } from './query-error.ts'
import { type Asking, type DedicatedPool, route } from './route.ts'
import { dimensionsOf, TIME, timeOf } from './selection.ts'
import { count, isoTime, list, numberOrNull, text, textOrNull, time, usd } from './shapes.ts'

const HOUR_MS = 3_600_000n
const TOP = 20
const MOST_GROUPS = 1000

const SHARE = {
  usd: usd('what it bears of the bill'),
  cents: Type.Integer({ description: 'the same in whole cents' }),
  share: numberOrNull('of the bill, 0 to 1'),
}
const PART = Type.Object(SHARE)
const POOL = Type.Object({
  pool: text('its id'),
  replicas: count('its replicas in the configuration now'),
  billUsd: usd('the bill, in whole cents'),
  billFrom: Type.Enum(['configuration', 'given'], { description: 'where the bill comes from' }),
  rows: list(Type.Object({ group: textOrNull('the value'), ...SHARE }), 'the groups, the largest first'),
  other: PART,
  otherTenants: PART,
  idle: PART,
  overrunUsd: usd('what the calls come to by their own reckoning beyond the bill: where it is not 0, the price or the replicas were others'),
})

export const reconciliationRoute = route({
  path: '/api/v1/reconciliation',
  summary: 'The bill of dedicated pools spread over their calls by the time of the replicas, with the idle rest, to the cent',
  query: Type.Object({
    ...TIME,
    pool: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'the id of a dedicated pool (default: all of them)' })),
    by: Type.Optional(Type.String({ minLength: 1, maxLength: 300, description: 'the dimension to spread it over, as for /api/v1/costs (default: key)' })),
    bill: Type.Optional(Type.String({ pattern: '^\\d{1,9}(\\.\\d{1,9})?$', description: 'what that pool was billed for that time, US dollars such as 1432.80 (default: its replicas now, all the time, at their price now)' })),
    top: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_GROUPS, description: `how many groups: a whole number from 1 to ${MOST_GROUPS} (default: ${TOP})` })),
  }),
  answer: Type.Object({
    from: time('the start'),
    to: time('the end, which is not in it'),
    by: text('the dimension'),
    pools: list(POOL, 'of each pool rows, other, otherTenants and idle add up to the bill'),
  }),
  handle: async (query, asking) => {
    const selection = timeOf(query, asking.now)
    const [by, ...more] = dimensionsOf(query.by ?? 'key')
    if (more.length > 0) throw new QueryError('invalid_parameter', 'Give one dimension.', 'by')
    if (query.bill !== undefined && query.pool === undefined) throw new QueryError('invalid_parameter', 'A bill is of one pool: name it as pool.', 'bill')
    const pools = asking.dedicated.filter(({ id }) => query.pool === undefined || id === query.pool)
    if (query.pool !== undefined && pools.length === 0) throw new QueryError('not_found', 'The configuration has no dedicated pool of that id.', 'pool')
    const uses = await asking.store.poolUse({ ...selection, pools: pools.map(({ id }) => id) })
    const spread: PoolBill[] = []
    for (const pool of pools) {
      const others = uses.filter((use) => use.pool === pool.id && use.tenant !== asking.tenant).reduce((sum, { nanoUsd }) => sum + BigInt(nanoUsd), 0n)
      if (others > 0n && !asking.admin) throw new QueryError('pool_shared', `Pool ${pool.id} serves other tenants too: ask with a key that has the scope "admin" besides "read".`)
      spread.push(await spreadBill(asking, { pool, selection, by: by!, top: query.top ?? TOP, given: query.bill === undefined ? null : parseUsd(query.bill), others }))
    }
    return { from: isoTime(selection.from), to: isoTime(selection.until), by: by!, pools: spread }
  },
})

type PoolBill = Static<typeof POOL>

interface Spreading {
  readonly pool: DedicatedPool
  readonly selection: Selection
  readonly by: Dimension
  readonly top: number
  /** Nano-USD; null = as the configuration has it. */
  readonly given: NanoUsd | null
  /** What the calls of other tenants came to. */
  readonly others: NanoUsd
}

/** What the gateway recorded as the cost of a call here is its share of the replica's time, at its price. */
async function spreadBill({ store, tenant }: Asking, { pool, selection, by, top, given, others }: Spreading): Promise<PoolBill> {
  const found = await store.breakdown(tenant, { ...selection, where: { pool: [pool.id] }, by: [by], measures: ['costNanoUsd'], top: { by: 'costNanoUsd', limit: top } })
  const rows = found.flatMap(({ group, values }) => (group === null ? [] : [{ group: group[0]!, cost: costOf(values) }]))
  const rest = found.filter(({ group }) => group === null).reduce((sum, { values }) => sum + costOf(values), 0n)
  const bill = given ?? scale(BigInt(pool.nanoUsdPerHour) * BigInt(pool.replicas), BigInt(Math.round(selection.until - selection.from)), HOUR_MS)
  const { parts, idle, overrun } = reconcile(bill, [...rows.map(({ cost }) => cost), rest, others])
  const whole = [...parts, idle].reduce((sum, { nanoUsd }) => sum + nanoUsd, 0n)
  const part = ({ nanoUsd, cents }: BillPart): Static<typeof PART> => ({ usd: usdText(nanoUsd), cents: Number(cents), share: whole === 0n ? null : Number(nanoUsd) / Number(whole) })
  return {
    pool: pool.id,
    replicas: pool.replicas,
    billUsd: usdText(whole),
    billFrom: given === null ? 'configuration' : 'given',
    rows: rows.map(({ group }, index) => Object.assign(part(parts[index]!), { group })),
    other: part(parts.at(-2)!),
    otherTenants: part(parts.at(-1)!),
    idle: part(idle),
    overrunUsd: usdText(overrun),
  }
}

function costOf(values: AggregateRow['values']): NanoUsd {
  const cost = BigInt(values.costNanoUsd!)
  return cost > 0n ? cost : 0n
}
