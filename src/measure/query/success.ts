import Type, { type Static } from 'typebox'
import { usdText } from '../../core/catalog/usd-text.ts'
import { fromUsd } from '../../core/money.ts'
import { type Dimension, MOST_ROWS, type OutcomeRow, type Selection, type SuccessRule } from '../../store/telemetry.ts'
import { costPerSuccess, LEAST_SUCCESSES } from './cost-per-success.ts'
import type { Asking } from './route.ts'
import { count, orNull, usd } from './shapes.ts'

/** What makes a question of costs one of costs per success. */
export const SUCCESS = {
  success: Type.Optional(Type.String({ minLength: 1, maxLength: 512, description: 'a score that says whether a task succeeded: NAME (above 0), NAME>=X, or NAME=LABEL' })),
  unjudged: Type.Optional(Type.Enum(['ignore', 'fail'], { description: 'what tasks without that score count as: ignore (they are left out) or fail (default: ignore)' })),
}

export const SUCCESS_FIGURES = Type.Object(
  {
    tasks: count('tasks: traces, and calls that belong to none'),
    judged: count('of these: tasks that have the score'),
    successes: count('of these: tasks that succeeded'),
    costPerSuccessUsd: orNull(usd('cost of the tasks that count over the successes; null without a success')),
    lowUsd: orNull(usd(`lower end of its 95 % confidence interval (Fieller's); null where the data cannot tell, as with fewer than ${LEAST_SUCCESSES} successes`)),
    highUsd: orNull(usd('upper end')),
  },
  { description: 'cost per success; null unless it was asked for' },
)
export type SuccessFigures = Static<typeof SUCCESS_FIGURES>

interface SuccessQuery {
  readonly selection: Selection
  readonly by: readonly Dimension[]
  readonly success: string
  readonly unjudged: 'ignore' | 'fail'
}

type Group = readonly (string | null)[]

/** The figures of all, and of these groups. */
export async function successes({ store, tenant }: Asking, { selection, by, success, unjudged }: SuccessQuery, groups: readonly Group[]): Promise<{ readonly all: SuccessFigures; readonly of: (group: Group) => SuccessFigures | null }> {
  const query = { ...selection, ...ruleOf(success), limit: MOST_ROWS }
  const [all] = await store.outcomes(tenant, { ...query, by: [] })
  // Values of one dimension combine with those of another to groups that were not asked for, too.
  const where = { ...selection.where, ...Object.fromEntries(by.map((dimension, index) => [dimension, [...new Set(groups.map((group) => group[index]!))]])) }
  const rows = groups.length === 0 ? [] : await store.outcomes(tenant, { ...query, by, where })
  const figures = new Map(rows.map((row) => [JSON.stringify(row.group), figuresOf(row, unjudged)]))
  return { all: figuresOf(all!, unjudged), of: (group) => figures.get(JSON.stringify(group)) ?? null }
}

function ruleOf(text: string): { readonly score: string; readonly success: SuccessRule } {
  const atLeast = /^(.+?)>=(-?\d{1,15}(?:\.\d{1,15})?)$/su.exec(text)
  if (atLeast !== null) return { score: atLeast[1]!, success: { atLeast: Number(atLeast[2]) } }
  const equal = text.indexOf('=')
  return equal > 0 ? { score: text.slice(0, equal), success: { label: text.slice(equal + 1) } } : { score: text, success: { above: 0 } }
}

function figuresOf(row: OutcomeRow, unjudged: 'ignore' | 'fail'): SuccessFigures {
  const { nanoUsd, interval } = costPerSuccess(row, unjudged)
  return {
    tasks: row.all.tasks,
    judged: row.judged.tasks,
    successes: row.succeeded.tasks,
    costPerSuccessUsd: nanoUsd === null ? null : usdText(nanoUsd),
    lowUsd: interval === null ? null : usdText(fromUsd(interval[0])),
    highUsd: interval === null ? null : usdText(fromUsd(interval[1])),
  }
}
