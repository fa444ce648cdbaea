import { isIP } from 'node:net'
import type { DashboardConfig, OidcConfig } from '../../route/config-types.ts'
import * as defaults from './defaults.ts'
import type { Problems } from './problems.ts'
import type { ConfigFile } from './schema.ts'
import { milliseconds } from './units.ts'
import type { Path } from './yaml-source.ts'

type DashboardFile = NonNullable<ConfigFile['dashboard']>

const SHORTEST_MS = 60_000
const LONGEST_MS = 31 * 86_400_000

/** The pages for people and how they sign in, with defaults and secrets. `host` is what the server listens on. */
export function dashboardConfig(file: DashboardFile, host: string, secrets: ReadonlyMap<string, string>, problems: Problems): DashboardConfig {
  const base = defaults.DASHBOARD
  const publicUrl = file.publicUrl === undefined ? base.publicUrl : originOf(file.publicUrl, ['dashboard', 'publicUrl'], problems)
  const anonymous = file.anonymous ?? base.anonymous
  if (anonymous !== 'none' && !isLoopback(host)) {
    problems.add(['dashboard', 'anonymous'], `lets everybody in who reaches ${host}`, 'Set it to none, or server.host to 127.0.0.1', 'DASHBOARD_EXPOSED')
  }
  const lasting = (name: 'session' | 'idle', otherwise: number): number => {
    const text = file[name]
    const ms = text === undefined ? otherwise : milliseconds(text)
    if (ms < SHORTEST_MS || ms > LONGEST_MS) problems.add(['dashboard', name], 'is shorter than 1m or longer than 31d', 'Give a time between them, such as 12h')
    return ms
  }
  if (file.oidc !== undefined && file.publicUrl === undefined) problems.add(['dashboard', 'publicUrl'], 'is missing, and the identity provider has to send people back', 'Give the address that browsers see, such as https://spillway.example.com')
  return { mode: file.mode ?? base.mode, publicUrl, anonymous, sessionMs: lasting('session', base.sessionMs), idleMs: lasting('idle', base.idleMs), oidc: file.oidc === undefined ? base.oidc : oidcConfig(file.oidc, secrets, problems) }
}

function oidcConfig(file: NonNullable<DashboardFile['oidc']>, secrets: ReadonlyMap<string, string>, problems: Problems): OidcConfig {
  const base = defaults.OIDC
  const issuer = URL.canParse(file.issuer) ? new URL(file.issuer) : null
  // What comes from there says who somebody is.
  if (issuer === null || issuer.username !== '' || issuer.search !== '' || issuer.hash !== '') problems.add(['dashboard', 'oidc', 'issuer'], 'is no issuer identifier', 'Give it as the provider states it, such as https://login.example.com')
  else if (issuer.protocol !== 'https:' && !(issuer.protocol === 'http:' && isLoopback(issuer.hostname))) problems.add(['dashboard', 'oidc', 'issuer'], 'is not https', 'Give an https address: what comes from there says who somebody is')
  const roles = file.roles ?? {}
  const defaultRole = file.defaultRole ?? base.defaultRole
  if (file.roleClaim === undefined && Object.keys(roles).length > 0) problems.add(['dashboard', 'oidc', 'roles'], 'are for groups, and no claim names them', "Give roleClaim, the claim that has a user's groups")
  if (defaultRole === 'none' && Object.keys(roles).length === 0) problems.add(['dashboard', 'oidc'], 'gives nobody a role', 'Give roleClaim and roles, or defaultRole')
  if (file.scopes !== undefined && !file.scopes.includes('openid')) problems.add(['dashboard', 'oidc', 'scopes'], 'lack openid', 'Add it: without it the provider does not say who somebody is')
  return {
    issuer: file.issuer,
    clientId: file.clientId,
    clientSecret: file.clientSecret === undefined ? null : (secrets.get(file.clientSecret) ?? ''),
    name: file.name ?? base.name,
    roleClaim: file.roleClaim ?? null,
    roles,
    defaultRole,
    tenant: file.tenant ?? base.tenant,
    scopes: file.scopes ?? base.scopes,
  }
}

function originOf(text: string, path: Path, problems: Problems): string | null {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url !== null && /^https?:$/u.test(url.protocol) && url.username === '' && url.password === '' && url.pathname === '/' && !/[?#]/u.test(text)) return url.origin
  problems.add(path, 'is not the address of a site', 'Give scheme, host and port alone, such as https://spillway.example.com')
  return null
}

/** Whether only this machine reaches it. */
function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/gu, '')
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'))
}
