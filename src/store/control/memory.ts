import { randomUUID } from 'node:crypto'
import { SpillwayError } from '../../core/errors.ts'
import type { BudgetRow, ControlStore, KeyRow, Reserved, SpendEntry, WaitingAct } from '../control.ts'
import { MOST_PLANS, type PlanRow } from '../plans.ts'
import { checkPlan } from './check-rows.ts'
import { memoryPeople } from './memory-people.ts'
import { checkBudget, checkKey, checkKeyChange, checkReserved, checkSecretName, checkSpend } from './check-rows.ts'

/** A control store that lasts as long as the process: for tests and the demo. Passes the same contract. */
export function memoryControl(): ControlStore {
  const keys = new Map<string, KeyRow>()
  const budgets = new Map<string, BudgetRow>()
  const spend = new Map<string, SpendEntry>()
  const secrets = new Map<string, Uint8Array>()
  let reserved: Reserved = NOTHING_RESERVED
  const subjects = new Map<string, Uint8Array>()
  let acts: WaitingAct[] = []
  let plans: PlanRow[] = []
  let places = 0
  let revision = 0
  let open = true

  const guard = async <T>(work: () => T): Promise<T> => {
    if (!open) throw new SpillwayError('CONTROL_CLOSED', 'the control store is closed', 'This is a defect of Spillway; report it')
    return work()
  }
  const change = <T>(work: () => T): Promise<T> =>
    guard(() => {
      const result = work()
      revision++
      return result
    })
  const refuseTaken = (key: KeyRow): void => {
    if ([...keys.values()].some(({ id, hash }) => id !== key.id && hash === key.hash)) throw new SpillwayError('CONTROL_CONFLICT', 'a key with this id or secret exists', 'Choose another id')
  }

  const note = (act: object | undefined): void => {
    if (act !== undefined) acts.push({ place: ++places, id: randomUUID(), act: structuredClone(act) })
  }

  return {
    keys: {
      insert: (key, act) =>
        change(() => {
          checkKey(key)
          if (keys.has(key.id)) throw new SpillwayError('CONTROL_CONFLICT', 'a key with this id or secret exists', 'Choose another id')
          refuseTaken(key)
          keys.set(key.id, structuredClone({ ...key, previous: key.previous ?? null }))
          note(act)
        }),
      list: (tenant) => guard(() => [...keys.values()].filter((key) => tenant === null || key.tenant === tenant).sort((a, b) => a.createdAt - b.createdAt || compare(a.id, b.id))),
      update: (id, fields, act) =>
        change(() => {
          checkKeyChange(fields)
          const key = keys.get(id)
          if (key === undefined) return false
          const changed = structuredClone({ ...key, ...fields })
          refuseTaken(changed)
          keys.set(id, changed)
          note(act)
          return true
        }),
      touch: (used) =>
        guard(() => {
          for (const { id, at } of used) {
            const key = keys.get(id)
            if (key !== undefined && (key.lastUsedAt ?? 0) < at) keys.set(id, { ...key, lastUsedAt: at })
          }
        }),
    },
    budgets: {
      put: (budget, act) =>
        change(() => {
          checkBudget(budget)
          budgets.set(budget.id, { ...budget, limit: String(BigInt(budget.limit)) })
          note(act)
        }),
      remove: (id, act) =>
        change(() => {
          for (const [place, entry] of spend) if (entry.budgetId === id) spend.delete(place)
          reserved = among(reserved, (one) => one !== id)
          const found = budgets.delete(id)
          if (found) note(act)
          return found
        }),
      list: (tenant) => guard(() => [...budgets.values()].filter((budget) => tenant === null || budget.tenant === tenant).sort((a, b) => compare(a.id, b.id))),
      addSpend: (entries, now) =>
        guard(() => {
          for (const entry of entries) checkSpend(entry)
          if (now !== undefined) checkReserved(now)
          for (const { budgetId, windowStart, amount, subject = '' } of entries) {
            if (!budgets.has(budgetId)) continue
            const place = JSON.stringify([budgetId, windowStart, subject])
            spend.set(place, { budgetId, windowStart, subject, amount: String(BigInt(spend.get(place)?.amount ?? 0) + BigInt(amount)) })
          }
          if (now !== undefined) reserved = among(now, (id) => budgets.has(id))
        }),
      reserved: () => guard(() => reserved),
      spend: (from) =>
        guard(() =>
          [...spend.values()]
            .filter(({ windowStart }) => windowStart >= from || windowStart === 0)
            .sort((a, b) => compare(a.budgetId, b.budgetId) || a.windowStart - b.windowStart || compare(a.subject ?? '', b.subject ?? '')),
        ),
    },
    secrets: {
      put: (name, sealed, act) =>
        guard(() => {
          checkSecretName(name)
          secrets.set(name, Uint8Array.from(sealed))
          note(act)
        }),
      get: (name) => guard(() => secrets.get(name) ?? null),
      names: () => guard(() => [...secrets.keys()].sort(compare)),
      remove: (name, act) =>
        guard(() => {
          const found = secrets.delete(name)
          if (found) note(act)
          return found
        }),
    },
    subjects: {
      get: (tenant, subject) => guard(() => subjects.get(JSON.stringify([tenant, subject])) ?? null),
      getOrPut: (tenant, subject, wrapped) =>
        guard(() => {
          const place = JSON.stringify([tenant, subject])
          const found = subjects.get(place) ?? Uint8Array.from(wrapped)
          subjects.set(place, found)
          return found
        }),
      erase: (tenant, subject, act) =>
        guard(() => {
          const found = subjects.delete(JSON.stringify([tenant, subject]))
          if (found) note(act)
          return found
        }),
    },
    people: memoryPeople(guard, note),
    plans: {
      put: (plan, act) =>
        guard(() => {
          checkPlan(plan)
          plans = [structuredClone(plan), ...plans.filter(({ id }) => id !== plan.id)].toSorted((a, b) => b.savedAt - a.savedAt || (a.id < b.id ? -1 : 1))
          const own = plans.filter(({ tenant }) => tenant === plan.tenant)
          plans = plans.filter((one) => one.tenant !== plan.tenant || own.indexOf(one) < MOST_PLANS)
          note(act)
        }),
      list: (tenant) => guard(() => plans.filter((plan) => plan.tenant === tenant)),
      remove: (tenant, id, act) =>
        guard(() => {
          const left = plans.filter((plan) => plan.tenant !== tenant || plan.id !== id)
          const found = left.length < plans.length
          plans = left
          if (found) note(act)
          return found
        }),
    },
    acts: {
      add: (act) => guard(() => note(act)),
      list: (limit) => guard(() => acts.slice(0, limit)),
      remove: (upTo) =>
        guard(() => {
          acts = acts.filter(({ place }) => place > upTo)
        }),
    },
    revision: () => guard(() => revision),
    close: () => {
      open = false
      return Promise.resolve()
    },
  }
}

const NOTHING_RESERVED: Reserved = { at: 0, budgets: [] }

function among({ at, budgets }: Reserved, wanted: (id: string) => boolean): Reserved {
  const kept = budgets.filter(({ budgetId }) => wanted(budgetId)).toSorted((a, b) => compare(a.budgetId, b.budgetId))
  return kept.length === 0 ? NOTHING_RESERVED : { at, budgets: kept }
}

/** Bytewise, as databases sort. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
