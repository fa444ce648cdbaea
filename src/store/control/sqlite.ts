import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { SpillwayError } from '../../core/errors.ts'
import type { BudgetRow, ControlStore, KeyRow, KeyRules, Reserved, SpendEntry } from '../control.ts'
import { checkBudget, checkKey, checkKeyChange, checkReserved, checkSecretName, checkSpend } from './check-rows.ts'
import { openDatabase } from './open-database.ts'
import { sqlitePeople } from './sqlite-people.ts'
import { sqlitePlans } from './sqlite-plans.ts'

/** Another process (the command line beside a server) holds the lock for a transaction, not longer. */
const BUSY_MS = 5000

/**
 * The control store in one SQLite file: write-ahead log, every commit synced to disk (synchronous=FULL), safe beside
 * other processes. `node:sqlite` works on the calling thread: a write blocks it for one fsync, so callers write in
 * groups (admission does, once a second).
 */
export function openSqliteControl(file: string, { busyMs = BUSY_MS }: { readonly busyMs?: number } = {}): ControlStore {
  const database = openDatabase(file, busyMs)
  const sql = statements(database)
  let open = true

  /** Runs `work` and turns what SQLite throws into our errors. */
  const guard = <T>(work: () => T): Promise<T> =>
    new Promise((resolve) => {
      if (!open) throw new SpillwayError('CONTROL_CLOSED', 'the control store is closed', 'This is a defect of Spillway; report it')
      try {
        resolve(work())
      } catch (error) {
        throw coded(error, file)
      }
    })
  const transaction = <T>(work: () => T): Promise<T> => guard(() => inTransaction(database, work))
  /** A change that every gateway has to hear of. */
  const change = <T>(work: () => T): Promise<T> =>
    transaction(() => {
      const result = work()
      sql.bump.run()
      return result
    })

  const note = (act: object | undefined): void => {
    if (act !== undefined) sql.addAct.run(JSON.stringify(act))
  }

  return {
    keys: {
      insert: async (key, act) => {
        checkKey(key)
        await change(() => {
          sql.insertKey.run(key.id, key.tenant, key.name, key.hash, key.createdAt, key.expiresAt, key.disabledAt, key.lastUsedAt, JSON.stringify(key.rules), key.previous?.hash ?? null, key.previous?.expiresAt ?? null)
          note(act)
        })
      },
      list: (tenant) => guard(() => (sql.keys.all(tenant, tenant) as unknown as StoredKey[]).map(toKey)),
      update: async (id, fields, act) => {
        checkKeyChange(fields)
        return change(() => {
          const stored = sql.key.get(id) as unknown as StoredKey | undefined
          if (stored === undefined) return false
          const key = { ...toKey(stored), ...fields }
          sql.updateKey.run(key.name, key.hash, key.expiresAt, key.disabledAt, key.lastUsedAt, JSON.stringify(key.rules), key.previous?.hash ?? null, key.previous?.expiresAt ?? null, id)
          note(act)
          return true
        })
      },
      touch: (used) =>
        transaction(() => {
          for (const { id, at } of used) sql.touch.run(at, id, at)
        }),
    },
    budgets: {
      put: async (budget, act) => {
        checkBudget(budget)
        await change(() => {
          sql.putBudget.run(budget.id, budget.tenant, budget.scope, budget.value, budget.period, BigInt(budget.limit))
          note(act)
        })
      },
      remove: (id, act) =>
        change(() => {
          sql.removeSpend.run(id)
          sql.removeReserved.run(id)
          const found = sql.removeBudget.run(id).changes > 0
          if (found) note(act)
          return found
        }),
      list: (tenant) => guard(() => (sql.budgets.all(tenant, tenant) as unknown as StoredBudget[]).map(toBudget)),
      addSpend: async (entries, reserved) => {
        for (const entry of entries) checkSpend(entry)
        if (reserved !== undefined) checkReserved(reserved)
        await transaction(() => {
          for (const { budgetId, windowStart, amount, subject = '' } of entries) sql.addSpend.run(budgetId, windowStart, subject, BigInt(amount), budgetId)
          if (reserved === undefined) return
          sql.forgetReserved.run()
          for (const { budgetId, amount } of reserved.budgets) sql.addReserved.run(budgetId, BigInt(amount), reserved.at, budgetId)
        })
      },
      spend: (from) => guard(() => (sql.spend.all(from) as unknown as StoredSpend[]).map(toSpend)),
      reserved: () => guard(() => toReserved(sql.reserved.all() as unknown as StoredReserved[])),
    },
    secrets: {
      put: async (name, sealed, act) => {
        checkSecretName(name)
        await transaction(() => {
          sql.putSecret.run(name, sealed)
          note(act)
        })
      },
      get: (name) => guard(() => (sql.secret.get(name)?.['sealed'] as Uint8Array | undefined) ?? null),
      names: () => guard(() => sql.secretNames.all().map((row) => String(row['name']))),
      remove: (name, act) =>
        transaction(() => {
          const found = sql.removeSecret.run(name).changes > 0
          if (found) note(act)
          return found
        }),
    },
    subjects: {
      get: (tenant, subject) => guard(() => (sql.subject.get(tenant, subject)?.['wrapped'] as Uint8Array | undefined) ?? null),
      getOrPut: (tenant, subject, wrapped) =>
        guard(() => {
          const found = sql.subject.get(tenant, subject)?.['wrapped'] as Uint8Array | undefined
          if (found !== undefined) return found
          sql.putSubject.run(tenant, subject, wrapped)
          // Another process may have been first.
          return sql.subject.get(tenant, subject)!['wrapped'] as Uint8Array
        }),
      erase: async (tenant, subject, act) => {
        const found = await transaction(() => {
          const removed = sql.eraseSubject.run(tenant, subject).changes > 0
          if (removed) note(act)
          return removed
        })
        // Out of the write-ahead log as well.
        await guard(() => database.exec('PRAGMA wal_checkpoint(TRUNCATE)'))
        return found
      },
    },
    people: sqlitePeople({ database, guard, transaction, note }),
    plans: sqlitePlans({ database, guard, transaction, note }),
    acts: {
      add: (act) => guard(() => note(act)),
      list: (limit) => guard(() => sql.acts.all(limit).map((row) => ({ place: Number(row['place']), id: String(row['id']), act: JSON.parse(String(row['act'])) as unknown }))),
      remove: (upTo) => guard(() => void sql.removeActs.run(upTo)),
    },
    revision: () => guard(() => Number(sql.revision.get()!['value'])),
    close: () => {
      if (open) database.close()
      open = false
      return Promise.resolve()
    },
  }
}

interface StoredKey extends Omit<KeyRow, 'rules' | 'previous'> {
  readonly rules: string
  readonly previousHash: string | null
  readonly previousExpiresAt: number | null
}

interface StoredBudget extends Omit<BudgetRow, 'limit'> {
  readonly limit: bigint
}

interface StoredSpend {
  readonly budgetId: string
  readonly windowStart: bigint
  readonly subject: string
  readonly amount: bigint
}

interface StoredReserved {
  readonly budgetId: string
  readonly amount: bigint
  readonly at: bigint
}

const KEY_FIELDS = `id, tenant, name, hash, created_at AS createdAt, expires_at AS expiresAt, disabled_at AS disabledAt, last_used_at AS lastUsedAt, rules,
  previous_hash AS previousHash, previous_expires_at AS previousExpiresAt`

function statements(database: DatabaseSync): Readonly<Record<keyof typeof SQL, StatementSync>> {
  const prepared = Object.fromEntries(Object.entries(SQL).map(([name, text]) => [name, database.prepare(text)])) as Record<keyof typeof SQL, StatementSync>
  // Money exceeds what a double holds.
  prepared.budgets.setReadBigInts(true)
  prepared.spend.setReadBigInts(true)
  prepared.reserved.setReadBigInts(true)
  return prepared
}

const SQL = {
  bump: 'UPDATE revision SET value = value + 1',
  revision: 'SELECT value FROM revision',
  insertKey: 'INSERT INTO keys (id, tenant, name, hash, created_at, expires_at, disabled_at, last_used_at, rules, previous_hash, previous_expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  key: `SELECT ${KEY_FIELDS} FROM keys WHERE id = ?`,
  keys: `SELECT ${KEY_FIELDS} FROM keys WHERE ? IS NULL OR tenant = ? ORDER BY created_at, id`,
  updateKey: 'UPDATE keys SET name = ?, hash = ?, expires_at = ?, disabled_at = ?, last_used_at = ?, rules = ?, previous_hash = ?, previous_expires_at = ? WHERE id = ?',
  touch: 'UPDATE keys SET last_used_at = ? WHERE id = ? AND coalesce(last_used_at, 0) < ?',
  putBudget: `INSERT INTO budgets (id, tenant, scope, value, period, limit_nano) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET tenant = excluded.tenant, scope = excluded.scope, value = excluded.value, period = excluded.period, limit_nano = excluded.limit_nano`,
  removeBudget: 'DELETE FROM budgets WHERE id = ?',
  removeSpend: 'DELETE FROM spend WHERE budget_id = ?',
  budgets: 'SELECT id, tenant, scope, value, period, limit_nano AS "limit" FROM budgets WHERE ? IS NULL OR tenant = ? ORDER BY id',
  // Spend of a budget that was removed meanwhile is nobody's.
  addSpend: `INSERT INTO spend (budget_id, window_start, subject, amount_nano) SELECT ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM budgets WHERE id = ?)
    ON CONFLICT (budget_id, window_start, subject) DO UPDATE SET amount_nano = amount_nano + excluded.amount_nano`,
  spend: 'SELECT budget_id AS budgetId, window_start AS windowStart, subject, amount_nano AS amount FROM spend WHERE window_start >= ? OR window_start = 0 ORDER BY budget_id, window_start, subject',
  forgetReserved: 'DELETE FROM reserved',
  removeReserved: 'DELETE FROM reserved WHERE budget_id = ?',
  addReserved: 'INSERT INTO reserved (budget_id, amount_nano, at) SELECT ?, ?, ? WHERE EXISTS (SELECT 1 FROM budgets WHERE id = ?)',
  reserved: 'SELECT budget_id AS budgetId, amount_nano AS amount, at FROM reserved ORDER BY budget_id',
  putSecret: 'INSERT INTO secrets (name, sealed) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed',
  secret: 'SELECT sealed FROM secrets WHERE name = ?',
  secretNames: 'SELECT name FROM secrets ORDER BY name',
  removeSecret: 'DELETE FROM secrets WHERE name = ?',
  subject: 'SELECT wrapped FROM subjects WHERE tenant = ? AND subject = ?',
  putSubject: 'INSERT INTO subjects (tenant, subject, wrapped) VALUES (?, ?, ?) ON CONFLICT (tenant, subject) DO NOTHING',
  eraseSubject: 'DELETE FROM subjects WHERE tenant = ? AND subject = ?',
  addAct: 'INSERT INTO acts (act) VALUES (?)',
  acts: 'SELECT place, id, act FROM acts ORDER BY place LIMIT ?',
  removeActs: 'DELETE FROM acts WHERE place <= ?',
} as const

function toKey({ rules, previousHash, previousExpiresAt, ...row }: StoredKey): KeyRow {
  return { ...row, rules: JSON.parse(rules) as KeyRules, previous: previousHash === null ? null : { hash: previousHash, expiresAt: previousExpiresAt ?? 0 } }
}

function toBudget({ id, tenant, scope, value, period, limit }: StoredBudget): BudgetRow {
  return { id, tenant, scope, value, period, limit: String(limit) }
}

function toSpend({ budgetId, windowStart, subject, amount }: StoredSpend): SpendEntry {
  return { budgetId, windowStart: Number(windowStart), subject, amount: String(amount) }
}

function toReserved(rows: readonly StoredReserved[]): Reserved {
  return { at: Number(rows[0]?.at ?? 0), budgets: rows.map(({ budgetId, amount }) => ({ budgetId, amount: String(amount) })) }
}

function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    // A failed commit may have rolled back by itself.
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

function coded(error: unknown, file: string): unknown {
  if (error instanceof SpillwayError || !(error instanceof Error)) return error
  if (/UNIQUE constraint failed/u.test(error.message)) return new SpillwayError('CONTROL_CONFLICT', 'a key with this id or secret exists', 'Choose another id', {}, { cause: error })
  return new SpillwayError('CONTROL_UNAVAILABLE', `the control database refused: ${error.message}`, 'Check the disk, its free space and other processes that use the file', { file }, { cause: error })
}
