/** Answers of the managing routes, as /api/v1/openapi.json describes them; only what the page uses. */
export interface Key {
  readonly id: string
  readonly name: string
  readonly state: 'active' | 'disabled' | 'expired'
  readonly createdAt: string | null
  readonly expiresAt: string | null
  readonly lastUsedAt: string | null
  readonly rules: { readonly scopes: readonly string[]; readonly models: readonly string[] | null; readonly residency: string | null; readonly priority: string; readonly limits: { readonly rpm: number | null; readonly tpm: number | null; readonly concurrency: number | null } }
}

export interface User {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly role: string | null
  readonly everywhere: boolean
  readonly disabled: boolean
  readonly signedInAt: string | null
}

export interface Budget {
  readonly id: string
  readonly scope: string
  readonly value: string | null
  readonly each: boolean
  readonly period: string
  readonly usd: string
  readonly spentUsd: string
  readonly windowEnd: string | null
}

export interface Price {
  readonly pool: string
  readonly what: string
  readonly usd: string
  readonly offer: string | null
  readonly source: string | null
  readonly asOf: string | null
  readonly ageDays: number | null
  readonly stale: boolean
}

export interface Settings {
  readonly version: string
  readonly build: string
  readonly pools: readonly { readonly id: string; readonly kind: string; readonly region: string | null; readonly protocol: string; readonly endpoints: readonly { readonly id: string; readonly url: string }[]; readonly models: Readonly<Record<string, string>>; readonly capacity: number; readonly coldStartSeconds: number; readonly auth: string }[]
  readonly prices: readonly Price[]
}

export interface Alert {
  readonly id: string
  readonly kind: string
  readonly severity: string
  readonly text: string
  readonly mend: string
  readonly since: string | null
}

export interface Silence {
  readonly id: string
  readonly prefix: string
  readonly until: string | null
  readonly reason: string
}
