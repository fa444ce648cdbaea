import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Alert, Silence } from '../../measure/alert/alert-book.ts'
import { readPrivate, replacePrivate } from '../../store/control/private-file.ts'

export interface EndedAlert {
  readonly alert: Alert
  /** Unix ms. */
  readonly endedAt: number
}

const MOST_ENDED = 100

/**
 * What alerts leave in the data directory: `alerts/open.json`, which the server writes, so that a restart repeats nothing, what has
 * ended lately, and a file for each silence, so that two who silence at once lose nothing.
 */
export class AlertFiles {
  readonly #folder: string

  constructor(dataDir: string) {
    this.#folder = join(dataDir, 'alerts')
  }

  /** What was open; nothing where there is no file or it cannot be understood: then alerts are told again. */
  readOpen(): readonly Alert[] {
    const kept = this.#read('open.json') as { readonly version?: unknown; readonly open?: unknown } | null
    return kept?.version === 1 && Array.isArray(kept.open) ? (kept.open as unknown[]).filter(isAlert) : []
  }

  writeOpen(open: readonly Alert[]): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    replacePrivate(join(this.#folder, 'open.json'), JSON.stringify({ version: 1, open }))
  }

  /** Alerts that are over, the newest first; nothing where the file cannot be understood. */
  readEnded(): readonly EndedAlert[] {
    const kept = this.#read('ended.json') as { readonly version?: unknown; readonly ended?: unknown } | null
    return kept?.version === 1 && Array.isArray(kept.ended) ? (kept.ended as unknown[]).filter(isEnded) : []
  }

  /** Adds those that have ended now. */
  keepEnded(ended: readonly EndedAlert[]): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    replacePrivate(join(this.#folder, 'ended.json'), JSON.stringify({ version: 1, ended: [...ended, ...this.readEnded()].slice(0, MOST_ENDED) }))
  }

  /** Those that last. */
  silences(now: number): readonly Silence[] {
    return this.#names().flatMap((name) => {
      const silence = this.#read(name) as Partial<Silence> | null
      if (silence === null || typeof silence.until !== 'number' || typeof silence.prefix !== 'string') return []
      return silence.until > now ? [{ id: idOf(name), prefix: silence.prefix, kind: silence.kind ?? null, tenant: silence.tenant ?? null, until: silence.until, reason: silence.reason ?? '' }] : []
    })
  }

  silence(silence: Omit<Silence, 'id'>): Silence {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    const id = randomBytes(4).toString('hex')
    replacePrivate(join(this.#folder, `silence-${id}.json`), JSON.stringify(silence))
    return { id, ...silence }
  }

  /** False = there is none. */
  unsilence(id: string): boolean {
    const name = `silence-${id}.json`
    if (!this.#names().includes(name)) return false
    rmSync(join(this.#folder, name), { force: true })
    return true
  }

  /** Null for what cannot be read: an alert too many is better than no server. */
  #read(name: string): unknown {
    try {
      return JSON.parse(readPrivate(join(this.#folder, name)) ?? 'null')
    } catch {
      return null
    }
  }

  #names(): readonly string[] {
    try {
      return readdirSync(this.#folder).filter((name) => /^silence-[0-9a-f]{8}\.json$/u.test(name))
    } catch {
      return []
    }
  }
}

function idOf(name: string): string {
  return name.slice('silence-'.length, -'.json'.length)
}

function isAlert(value: unknown): value is Alert {
  const { condition, since, lastSeen } = (value ?? {}) as Partial<Alert>
  return typeof since === 'number' && typeof lastSeen === 'number' && typeof condition?.id === 'string' && typeof condition.text === 'string'
}

function isEnded(value: unknown): value is EndedAlert {
  const { alert, endedAt } = (value ?? {}) as Partial<EndedAlert>
  return typeof endedAt === 'number' && isAlert(alert)
}
