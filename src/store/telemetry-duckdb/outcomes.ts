import type { OutcomeQuery, SuccessRule } from '../telemetry.ts'
import { binder, columnOf, conditionsOf, type Bind, type Statement } from './select.ts'

/**
 * Each task once a group, with the last verdict on it; then sums over tasks. A task is known by 64 bits of one hash and 32 of another of
 * its id, and whether it is a trace: ids themselves would be most of the time and of the memory.
 */
export function outcomesStatement(source: string, tenant: string, query: OutcomeQuery): Statement {
  const { values, bind } = binder()
  const { by, score, success, limit } = query
  const conditions = [...conditionsOf(tenant, query, bind), 'billable']
  const groups = by.map((_, index) => `g${index}`)
  const order = ['all_cost DESC', ...groups.map((group) => `${group} ASC NULLS LAST`)]
  const sql = [
    `WITH tasks AS (SELECT hash(coalesce(trace_id, id)) AS task, coalesce(trace_key, id_key) AS task_key, trace_id IS NULL AS alone, ${by.map((dimension, index) => `${columnOf(dimension, bind)} AS g${index}, `).join('')}sum(cost_nano_usd) AS cost`,
    `FROM ${source} WHERE ${conditions.join(' AND ')} GROUP BY ALL),`,
    `judged AS (SELECT * FROM scores WHERE tenant = ${bind(tenant)} AND name = ${bind(score)}),`,
    `steps AS (SELECT id, id_key, trace_id, trace_key FROM ${source} WHERE ${conditionsOf(tenant, { from: query.from, until: query.until }, bind).join(' AND ')} AND id IN (SELECT observation_id FROM judged WHERE trace_id IS NULL)),`,
    `verdicts AS (SELECT hash(coalesce(judged.trace_id, steps.trace_id, steps.id)) AS task, coalesce(judged.trace_key, steps.trace_key, steps.id_key) AS task_key, judged.trace_id IS NULL AND steps.trace_id IS NULL AS alone, max_by(coalesce(${successExpression(success, bind)}, false), (judged_at, judged.id)) AS succeeded`,
    'FROM judged LEFT JOIN steps ON judged.trace_id IS NULL AND judged.observation_id = steps.id WHERE judged.trace_id IS NOT NULL OR steps.id IS NOT NULL GROUP BY 1, 2, 3)',
    `SELECT ${[...groups, sums('all', ''), sums('judged', ' FILTER (succeeded IS NOT NULL)'), sums('succeeded', ' FILTER (succeeded)')].join(', ')}`,
    `FROM tasks LEFT JOIN verdicts USING (task, task_key, alone)${groups.length === 0 ? '' : ` GROUP BY ${groups.join(', ')}`} ORDER BY ${order.join(', ')} LIMIT ${limit}`,
  ]
  return { sql: sql.join('\n'), values }
}

function successExpression(success: SuccessRule, bind: Bind): string {
  if ('label' in success) return `label = ${bind(success.label)}`
  return 'above' in success ? `value > ${bind(success.above)}::DOUBLE` : `value >= ${bind(success.atLeast)}::DOUBLE`
}

function sums(name: string, filter: string): string {
  return `count(*)${filter} AS ${name}_tasks, coalesce(sum(cost)${filter}, 0) AS ${name}_cost, coalesce(sum(pow(cost / 1e9, 2))${filter}, 0) AS ${name}_squares`
}
