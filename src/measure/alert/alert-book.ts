import type { Condition, ConditionKind } from './condition.ts'

/** A condition that is or was true, and what has been said of it. Plain data: it is kept over restarts. */
export interface Alert {
  readonly condition: Omit<Condition, 'nanoUsd'> & { readonly nanoUsd: string | null }
  /** Unix ms. */
  readonly since: number
  readonly lastSeen: number
  /** Null = nobody has been told yet. */
  readonly toldAt: number | null
  readonly toldSeverity: Condition['severity'] | null
}

export interface Silence {
  readonly id: string
  /** Alerts whose id begins with this; '' = all. */
  readonly prefix: string
  readonly kind: ConditionKind | null
  /** Alerts of this tenant alone; null or absent = all, those of the installation too. */
  readonly tenant?: string | null
  readonly until: number
  readonly reason: string
}

export type NoticeType = 'opened' | 'worse' | 'reminder' | 'resolved'

/** One message to send. */
export interface Notice {
  readonly type: NoticeType
  readonly at: number
  readonly alert: Alert
}

export interface AlertRules {
  /** An alert that stays open is told again after this time; null = once. */
  readonly remindMs: number | null
  /** It is over when its condition has not been true for this long: what flaps is one alert. */
  readonly clearMs: number
}

/** Open alerts at most. What comes beyond waits: trouble of that size has been told of already. */
export const MOST_OPEN = 1000

/** What is open, and what is to be said: deterministic, one `update` a round. */
export class AlertBook {
  readonly #rules: AlertRules
  readonly #open = new Map<string, Alert>()

  constructor(rules: AlertRules, open: readonly Alert[] = []) {
    this.#rules = rules
    for (const alert of open.slice(0, MOST_OPEN)) this.#open.set(alert.condition.id, alert)
  }

  open(): readonly Alert[] {
    return [...this.#open.values()]
  }

  /**
   * Takes all that is true at `now` (Unix ms) and returns what is to be sent. `judged`: the kinds that could be looked at this
   * time; an alert of another kind neither ages nor ends, since not knowing is not being well.
   */
  update(conditions: readonly Condition[], now: number, silences: readonly Silence[] = [], judged: ReadonlySet<ConditionKind> | null = null): readonly Notice[] {
    const notices: Notice[] = []
    const seen = new Set<string>()
    for (const condition of conditions) {
      if (seen.has(condition.id)) continue
      seen.add(condition.id)
      const notice = this.#see(condition, now, silences)
      if (notice !== null) notices.push(notice)
    }
    for (const [id, alert] of this.#open) {
      if (seen.has(id) || (judged !== null && !judged.has(alert.condition.kind))) continue
      const notice = this.#miss(id, alert, now, silences)
      if (notice !== null) notices.push(notice)
    }
    return notices
  }

  #see(condition: Condition, now: number, silences: readonly Silence[]): Notice | null {
    const known = this.#open.get(condition.id)
    if (known === undefined && this.#open.size >= MOST_OPEN) return null
    const { nanoUsd, ...rest } = condition
    const alert: Alert = { condition: { ...rest, nanoUsd: nanoUsd === null ? null : String(nanoUsd) }, since: known?.since ?? now, lastSeen: now, toldAt: known?.toldAt ?? null, toldSeverity: known?.toldSeverity ?? null }
    const type = this.#due(alert, now)
    if (type === null || isSilenced(condition, silences, now)) {
      this.#open.set(condition.id, alert)
      return null
    }
    const told = { ...alert, toldAt: now, toldSeverity: condition.severity }
    this.#open.set(condition.id, told)
    return { type, at: now, alert: told }
  }

  /** A clock that was set back must not hold reminders back for as long. */
  #due({ condition, since, toldAt, toldSeverity }: Alert, now: number): Exclude<NoticeType, 'resolved'> | null {
    if (toldAt === null) return now - since >= condition.holdMs ? 'opened' : null
    if (condition.severity === 'critical' && toldSeverity === 'warning') return 'worse'
    return this.#rules.remindMs !== null && Math.abs(now - toldAt) >= this.#rules.remindMs ? 'reminder' : null
  }

  #miss(id: string, alert: Alert, now: number, silences: readonly Silence[]): Notice | null {
    // Nobody was told: it has come and gone within its hold.
    if (alert.toldAt === null) {
      this.#open.delete(id)
      return null
    }
    if (Math.abs(now - alert.lastSeen) < this.#rules.clearMs) return null
    this.#open.delete(id)
    return isSilenced(alert.condition, silences, now) ? null : { type: 'resolved', at: now, alert }
  }
}

function isSilenced({ id, kind, tenant }: Pick<Condition, 'id' | 'kind' | 'tenant'>, silences: readonly Silence[], now: number): boolean {
  return silences.some((silence) => now < silence.until && id.startsWith(silence.prefix) && (silence.kind === null || silence.kind === kind) && (silence.tenant ?? tenant) === tenant)
}
