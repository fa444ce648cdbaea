import type { AlertChannel, AlertConfig } from '../../route/config-types.ts'
import * as defaults from './defaults.ts'
import type { Problems } from './problems.ts'
import type { AlertsFile } from './schema.ts'
import { milliseconds, spendPerMinute } from './units.ts'
import { upstreamUrl } from './upstream-url.ts'

/** What people are told of, and where, with defaults and secrets. */
export function alertConfig(file: AlertsFile | undefined, secrets: ReadonlyMap<string, string>, problems: Problems): AlertConfig {
  const base = defaults.ALERTS
  if (file === undefined) return base
  return {
    everyMs: file.every === undefined ? base.everyMs : milliseconds(file.every),
    remindMs: file.remind === undefined ? base.remindMs : file.remind === null ? null : milliseconds(file.remind),
    clearMs: file.clear === undefined ? base.clearMs : milliseconds(file.clear),
    anomalyPerMinute: file.anomalyAbove === undefined ? base.anomalyPerMinute : Number(spendPerMinute(file.anomalyAbove)),
    leakPerMinute: file.leaksAbove === undefined ? base.leakPerMinute : Number(spendPerMinute(file.leaksAbove)),
    to: (file.to ?? []).map((channel, index) => channelOf(channel, index, secrets, problems)),
  }
}

function channelOf(channel: NonNullable<AlertsFile['to']>[number], index: number, secrets: ReadonlyMap<string, string>, problems: Problems): AlertChannel {
  const resolved = (reference: string | undefined): string | null => (reference === undefined ? null : (secrets.get(reference) ?? ''))
  if (channel.type === 'email') {
    const security = channel.security ?? defaults.EMAIL.security
    return { type: 'email', host: channel.host, port: channel.port ?? defaults.EMAIL.port[security], security, user: channel.user ?? null, password: resolved(channel.password), from: channel.from, to: channel.to }
  }
  const url = resolved(channel.url)!
  // One that could not be had is a problem already.
  if (url !== '') upstreamUrl(url.replace(/[?#].*$/u, ''), ['alerts', 'to', index, 'url'], problems, false)
  return { type: channel.type, url, secret: channel.type === 'webhook' ? resolved(channel.secret) : null }
}
