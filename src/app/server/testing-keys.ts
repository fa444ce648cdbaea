import { randomBytes } from 'node:crypto'
import { hashSecret, newSecret } from '../../route/admission/key-secret.ts'
import { OPEN_RULES } from '../../route/admission/key-rules.ts'
import type { ControlStore, KeyRow, KeyRules } from '../../store/control.ts'

/** Keys of the store: what is special about each, and about their budgets. */
const KEYS: Readonly<Record<string, { readonly row?: Partial<KeyRow>; readonly rules?: Partial<KeyRules>; readonly limits?: Partial<KeyRules['limits']>; readonly budget?: string }>> = {
  open: {},
  superseded: {},
  disabled: { row: { disabledAt: 1 } },
  expired: { row: { expiresAt: 1 } },
  scopeless: { rules: { scopes: ['read'] } },
  narrow: { rules: { models: ['other'] } },
  american: { rules: { residency: 'us' } },
  slow: { limits: { rpm: 0 } },
  small: { limits: { tpm: 1 } },
  single: { limits: { concurrency: 0 } },
  poor: { budget: '0' },
  // One call at an estimate of about a thousand tokens of output at $2 a million, not two.
  'tight-openai': { budget: '3000000' },
  'tight-anthropic': { budget: '3000000' },
  looping: {},
}
export const SECRETS: Readonly<Record<string, string>> = Object.fromEntries(Object.keys(KEYS).map((name) => [name, newSecret(randomBytes)]))

/** Secrets of nobody here, which must not come back either. */
export const WRONG_SECRETS = { 'an unknown key': newSecret(randomBytes), 'a mistyped key': `${SECRETS['open']!.slice(0, -1)}!`, 'a key of another service': 'sk-proj-abcdefghijklmnop' } as const

export async function putKeys(store: ControlStore, pepper: Uint8Array): Promise<void> {
  for (const [id, { row, rules, limits, budget }] of Object.entries(KEYS)) {
    const hash = hashSecret(pepper, SECRETS[id]!)
    const rotated = id === 'superseded' ? { hash: hashSecret(pepper, newSecret(randomBytes)), previous: { hash, expiresAt: 1 } } : { hash, previous: null }
    await store.keys.insert({ id, tenant: 'acme', name: id, createdAt: 0, expiresAt: null, disabledAt: null, lastUsedAt: null, ...rotated, rules: { ...OPEN_RULES, ...rules, limits: { ...OPEN_RULES.limits, ...limits } }, ...row })
    if (budget !== undefined) await store.budgets.put({ id: `budget-${id}`, tenant: 'acme', scope: 'key', value: id, period: 'total', limit: budget })
  }
}
