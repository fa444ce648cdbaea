import type { OutcomeQuery, OutcomeRow, SuccessRule, TaskSums } from '../telemetry.ts'
import { binder, columnOf, conditionsOf, type Bind } from './select.ts'
import type { Row, Statement } from './server.ts'

const SUMS = ['all', 'judged', 'succeeded'] as const

/** Each task once a group, with the last verdict on it; then sums over tasks. */
export function outcomesStatement(tenant: string, query: OutcomeQuery): Statement {
  const { params, bind } = binder()
  const { by, score, success, limit } = query
  const groups = by.map((_, index) => `g${index}`)
  const judged = `FROM scores FINAL WHERE tenant = ${bind(tenant)} AND name = ${bind(score)}`
  const steps = conditionsOf(tenant, { from: query.from, until: query.until }, bind)
  const order = ['sum(cost) DESC', ...groups.map((group) => `${group} ASC NULLS LAST`)]
  const sql = `WITH tasks AS (
  SELECT ifNull(trace_id, id) AS task, isNull(trace_id) AS alone, ${by.map((dimension, index) => `${columnOf(dimension, bind)} AS g${index}, `).join('')}sum(toInt128(cost_nano_usd)) AS cost
  FROM observations FINAL WHERE ${conditionsOf(tenant, query, bind).join(' AND ')} AND billable GROUP BY ${['task', 'alone', ...groups].join(', ')}
), verdicts AS (
  SELECT coalesce(judged.trace_id, steps.trace_id, steps.id) AS task, isNull(judged.trace_id) AND isNull(steps.trace_id) AS alone, argMax(judged.success, (judged.judged_at, judged.id)) AS succeeded
  FROM (SELECT id, judged_at, trace_id, observation_id, ifNull(${successExpression(success, bind)}, false) AS success ${judged}) AS judged
  LEFT JOIN (SELECT id, trace_id FROM observations FINAL WHERE ${steps.join(' AND ')} AND id IN (SELECT assumeNotNull(observation_id) ${judged} AND trace_id IS NULL AND observation_id IS NOT NULL)) AS steps ON judged.observation_id = steps.id
  WHERE judged.trace_id IS NOT NULL OR steps.id IS NOT NULL GROUP BY task, alone
)
SELECT ${[...groups, ...SUMS.map(sums)].join(', ')}
FROM tasks LEFT JOIN verdicts ON tasks.task = verdicts.task AND tasks.alone = verdicts.alone${groups.length === 0 ? '' : ` GROUP BY ${groups.join(', ')}`}
ORDER BY ${order.join(', ')} LIMIT ${limit}`
  return { sql, params }
}

export function outcomeRow(row: Row, { by }: OutcomeQuery): OutcomeRow {
  const sumsOf = (name: (typeof SUMS)[number]): TaskSums => ({ tasks: Number(row[`${name}_tasks`]), nanoUsd: row[`${name}_cost`] as string, squares: row[`${name}_squares`] as number })
  return { group: by.map((_, index) => row[`g${index}`] as string | null), all: sumsOf('all'), judged: sumsOf('judged'), succeeded: sumsOf('succeeded') }
}

function successExpression(success: SuccessRule, bind: Bind): string {
  if ('label' in success) return `label = ${bind(success.label)}`
  return 'above' in success ? `value > ${bind(success.above)}` : `value >= ${bind(success.atLeast)}`
}

function sums(name: (typeof SUMS)[number]): string {
  const counted = { all: 'true', judged: 'succeeded IS NOT NULL', succeeded: 'ifNull(succeeded, false)' }[name]
  return `countIf(${counted}) AS ${name}_tasks, toString(sumIf(cost, ${counted})) AS ${name}_cost, sumIf(pow(toFloat64(cost) / 1e9, 2), ${counted}) AS ${name}_squares`
}
