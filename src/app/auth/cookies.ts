import type { IncomingMessage } from 'node:http'
import type { DashboardConfig } from '../../route/config-types.ts'

/** Longer headers hold no cookie of ours. */
const LONGEST = 16_384

/** With https a name that browsers take from this very host alone, and only with Secure and Path=/. */
export function cookieName(base: string, { publicUrl }: Pick<DashboardConfig, 'publicUrl'>): string {
  return isSecure(publicUrl) ? `__Host-${base}` : base
}

/** Null where there is none. Of several with one name the first, which browsers send for the narrowest path. */
export function readCookie(request: IncomingMessage, name: string): string | null {
  const header = request.headers.cookie ?? ''
  if (header.length > LONGEST) return null
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    if (at !== -1 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
  }
  return null
}

/** A Set-Cookie header; `seconds` 0 removes it. */
export function setCookie(name: string, value: string, { publicUrl, sameSite, seconds, path = '/' }: { readonly publicUrl: string | null; readonly sameSite: 'Strict' | 'Lax'; readonly seconds: number; readonly path?: string }): string {
  return `${name}=${value}; Path=${path}; HttpOnly; SameSite=${sameSite}; Max-Age=${seconds}${isSecure(publicUrl) ? '; Secure' : ''}`
}

function isSecure(publicUrl: string | null): boolean {
  return publicUrl?.startsWith('https:') ?? false
}
