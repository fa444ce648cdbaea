import type { Clock } from '../../core/clock.ts'
import { SpillwayError } from '../../core/errors.ts'
import { type Alert, AlertBook, type AlertRules, type Notice } from '../../measure/alert/alert-book.ts'
import type { Condition, ConditionKind } from '../../measure/alert/condition.ts'
import type { GatewayLog } from '../../route/gateway/deps.ts'
import type { AlertFiles, EndedAlert } from './alert-files.ts'
import type { Channel } from './channel.ts'
import { Delivery } from './delivery.ts'
import { headline } from './notice-text.ts'

/** Looks at one kind of trouble. Null = it cannot be said just now; where it rejects, neither, and the log says so, once. */
export interface AlertSource {
  readonly kind: ConditionKind
  readonly conditions: (now: number) => Promise<readonly Condition[] | null> | readonly Condition[]
}

export interface AlertOptions {
  readonly rules: AlertRules
  readonly sources: readonly AlertSource[]
  readonly channels: readonly Channel[]
  readonly files: AlertFiles
  readonly clock: Clock
  readonly log: GatewayLog
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
}

export interface RunningAlerts {
  /** Looks at everything once and hands over what is to be said. Never rejects. */
  readonly round: () => Promise<readonly Notice[]>
  /** Open alerts, by severity. */
  readonly open: () => { readonly warning: number; readonly critical: number }
  readonly stop: () => Promise<void>
}

/** Looks for trouble, round by round, and tells people through the channels; every notice is a line of the log besides. */
export function startAlerts({ rules, sources, channels, files, clock, log, wait }: AlertOptions): RunningAlerts {
  const book = new AlertBook(rules, files.readOpen())
  const deliveries = channels.map((channel) => new Delivery(channel, { wait, onFailure: (name, reason, givenUp) => log.warn({ channel: name, reason, givenUp }, 'an alert could not be sent') }))
  const blind = new Set<ConditionKind>()
  let looking: Promise<readonly Notice[]> | null = null

  async function look(): Promise<readonly Notice[]> {
    const now = clock.now()
    const judged = new Set<ConditionKind>()
    const conditions: Condition[] = []
    for (const { kind, conditions: find } of sources) {
      try {
        const found = await find(now)
        if (found === null) continue
        conditions.push(...found)
        judged.add(kind)
        blind.delete(kind)
      } catch (error) {
        if (!blind.has(kind)) log.warn({ kind, error: error instanceof Error ? error.name : 'unknown' }, 'alerts cannot look at one kind of trouble')
        blind.add(kind)
      }
    }
    const before = JSON.stringify(book.open())
    const notices = book.update(conditions, now, files.silences(now), judged)
    for (const notice of notices) {
      const level = notice.type === 'resolved' ? 'info' : 'warn'
      log[level]({ alert: notice.alert.condition.id, event: notice.type }, headline(notice))
      for (const delivery of deliveries) delivery.push(notice)
    }
    const open = book.open()
    if (JSON.stringify(open) !== before) keep(open, notices.flatMap(({ type, alert }) => (type === 'resolved' ? [{ alert, endedAt: now }] : [])))
    return notices
  }

  function keep(open: readonly Alert[], ended: readonly EndedAlert[]): void {
    try {
      files.writeOpen(open)
      if (ended.length > 0) files.keepEnded(ended)
    } catch (error) {
      log.warn({ code: error instanceof SpillwayError ? error.code : ((error as NodeJS.ErrnoException).code ?? 'unknown') }, 'open alerts could not be kept: after a restart they are told again')
    }
  }

  return {
    round: () => {
      looking ??= look()
        .catch((error: unknown) => {
          log.error({ error: error instanceof Error ? error.name : 'unknown' }, 'a round of alerts failed')
          return []
        })
        .finally(() => (looking = null))
      return looking
    },
    open: () => {
      const open = book.open().filter(({ toldAt }) => toldAt !== null)
      const critical = open.filter(({ condition }) => condition.severity === 'critical').length
      return { critical, warning: open.length - critical }
    },
    stop: async () => {
      await looking
      await Promise.all(deliveries.map((delivery) => delivery.close()))
    },
  }
}
