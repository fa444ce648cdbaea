import { MOST_PLANS, type PlanRow, type PlanStore, type SavedSummary } from '../plans.ts'
import { checkPlan } from './check-rows.ts'
import type { Tools } from './sqlite-people.ts'

/** The part of the SQLite store that saved plans are in. */
export function sqlitePlans({ database, guard, transaction, note }: Tools): PlanStore {
  const put = database.prepare('INSERT INTO plans (id, tenant, title, saved_at, summary) VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant, id) DO UPDATE SET title = excluded.title, saved_at = excluded.saved_at, summary = excluded.summary')
  const trim = database.prepare('DELETE FROM plans WHERE tenant = ?1 AND id NOT IN (SELECT id FROM plans WHERE tenant = ?1 ORDER BY saved_at DESC, id LIMIT ?2)')
  const list = database.prepare('SELECT id, tenant, title, saved_at, summary FROM plans WHERE tenant = ? ORDER BY saved_at DESC, id')
  const remove = database.prepare('DELETE FROM plans WHERE tenant = ? AND id = ?')
  return {
    put: async (plan, act) => {
      checkPlan(plan)
      await transaction(() => {
        put.run(plan.id, plan.tenant, plan.title, plan.savedAt, JSON.stringify(plan.summary))
        trim.run(plan.tenant, MOST_PLANS)
        note(act)
      })
    },
    list: (tenant) =>
      guard(() => list.all(tenant).map((row): PlanRow => ({ id: String(row['id']), tenant: String(row['tenant']), title: String(row['title']), savedAt: Number(row['saved_at']), summary: JSON.parse(String(row['summary'])) as SavedSummary }))),
    remove: (tenant, id, act) =>
      transaction(() => {
        const found = remove.run(tenant, id).changes > 0
        if (found) note(act)
        return found
      }),
  }
}
