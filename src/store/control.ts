import type { PeopleStore } from './people.ts'
import type { PlanStore } from './plans.ts'

/**
 * The control store: keys, budgets, limits, secrets, people, plans. SQLite embedded, PostgreSQL scaled out; both pass
 * control.contract.ts. Methods are synchronous in neither: they return promises and are never called on the way of a
 * call, which decides from memory (route/admission).
 */
export interface ControlStore {
  readonly keys: {
    readonly insert: (key: KeyRow, act?: object) => Promise<void>
    readonly list: (tenant: string | null) => Promise<readonly KeyRow[]>
    readonly update: (id: string, change: Partial<Pick<KeyRow, 'name' | 'disabledAt' | 'expiresAt' | 'lastUsedAt' | 'rules' | 'hash' | 'previous'>>, act?: object) => Promise<boolean>
    /** Moves the last use of many keys forward, in one transaction; unknown ids are skipped. Absent = last use is not kept. */
    readonly touch?: (used: readonly { readonly id: string; readonly at: number }[]) => Promise<void>
  }
  readonly budgets: {
    readonly put: (budget: BudgetRow, act?: object) => Promise<void>
    readonly remove: (id: string, act?: object) => Promise<boolean>
    readonly list: (tenant: string | null) => Promise<readonly BudgetRow[]>
    /** What was spent in a window, by budget and the window's start: added to, so that two writers do not overwrite. */
    readonly addSpend: (entries: readonly SpendEntry[], reserved?: Reserved) => Promise<void>
    /** Sums of the windows that start at `windowStartFrom` or later, and of every `total` (start 0). */
    readonly spend: (windowStartFrom: number) => Promise<readonly SpendEntry[]>
    /** What running calls held when a gateway last wrote it. One that has gone no longer holds it: see `at`. */
    readonly reserved: () => Promise<Reserved>
  }
  readonly secrets: {
    /** Ciphertext only; who encrypts holds the key. */
    readonly put: (name: string, sealed: Uint8Array, act?: object) => Promise<void>
    readonly get: (name: string) => Promise<Uint8Array | null>
    readonly names: () => Promise<readonly string[]>
    readonly remove: (name: string, act?: object) => Promise<boolean>
  }
  /** Wrapped keys of the subjects whose bodies are kept; erasing one makes its bodies unreadable. */
  readonly subjects: {
    readonly get: (tenant: string, subject: string) => Promise<Uint8Array | null>
    /** The one that is there, else this one. */
    readonly getOrPut: (tenant: string, subject: string, wrapped: Uint8Array) => Promise<Uint8Array>
    /** Overwritten on disk, not only unlinked; copies of the database keep it. False = there was none: then no act either. */
    readonly erase: (tenant: string, subject: string, act?: object) => Promise<boolean>
  }
  readonly people: PeopleStore
  readonly plans: PlanStore
  /**
   * Administrative acts on their way into the journal, whichever process did them: plain JSON. The methods above take one as
   * `act`, which is stored with the change: both or neither; none where nothing changed.
   */
  readonly acts: {
    readonly add: (act: object) => Promise<void>
    /** The oldest ones. `id` is never given again, by no store; `place` is their order. */
    readonly list: (limit: number) => Promise<readonly WaitingAct[]>
    /** Forgets those up to a place. */
    readonly remove: (upTo: number) => Promise<void>
  }
  /** Grows with every change of a key or budget, by any process; not with spend or last use. Absent = changes are seen by `reload` alone. */
  readonly revision?: () => Promise<number>
  readonly close: () => Promise<void>
}

export interface WaitingAct {
  readonly place: number
  readonly id: string
  readonly act: unknown
}

export interface KeyRow {
  readonly id: string
  readonly tenant: string
  readonly name: string
  /** HMAC-SHA256 of the secret under the installation's pepper, hex; the secret itself is shown once and not kept. */
  readonly hash: string
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly disabledAt: number | null
  readonly lastUsedAt: number | null
  readonly rules: KeyRules
  /** The secret before the last rotation, good until `expiresAt`; null or absent = none. */
  readonly previous?: { readonly hash: string; readonly expiresAt: number } | null
}

export interface KeyRules {
  /** `call` makes calls and reports them, `ingest` reports alone, `audit` reads the audit log, of all tenants. */
  readonly scopes: readonly ('call' | 'read' | 'ingest' | 'audit' | 'admin')[]
  /** Null = all. */
  readonly models: readonly string[] | null
  readonly residency: string | null
  readonly priority: 'realtime' | 'standard' | 'batch'
  readonly limits: { readonly rpm: number | null; readonly tpm: number | null; readonly concurrency: number | null }
}

export interface BudgetRow {
  readonly id: string
  readonly tenant: string
  /** What it is about: one key, user, feature or model, or the whole tenant (`value` ''). `value` '*' = each one has this limit for itself. */
  readonly scope: 'tenant' | 'key' | 'user' | 'feature' | 'model'
  readonly value: string
  readonly period: 'day' | 'month' | 'total'
  /** Nano-USD, as a decimal string. */
  readonly limit: string
}

export interface SpendEntry {
  readonly budgetId: string
  /** Unix ms of the start of the window, UTC; 0 for `total`. */
  readonly windowStart: number
  /** Nano-USD to add, or spent, as a decimal string. */
  readonly amount: string
  /** Whose spend it is under a budget for each (`value` '*'); '' or absent = the budget's own. */
  readonly subject?: string
}

/** What running calls hold for what they may cost. Written with new spend, in place of what was written before. */
export interface Reserved {
  /** Unix ms; 0 where nothing is held. */
  readonly at: number
  /** Nano-USD as decimal strings, by budget, over all its subjects. Budgets that hold nothing are left out. */
  readonly budgets: readonly { readonly budgetId: string; readonly amount: string }[]
}
