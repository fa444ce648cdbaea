import { isLinkLocal } from '../../route/pools/address-guard.ts'
import type { Problems } from './problems.ts'
import type { Path } from './yaml-source.ts'

/**
 * A base URL as the gateway keeps it: without a slash at the end and without the `/v1` that many people copy with it, since
 * the path of each API is added. Refused, with the place: other schemes than http and https, credentials, queries and
 * fragments, ports that do not exist, and link-local addresses unless `allowLinkLocal`. The message never quotes the URL.
 */
export function upstreamUrl(text: string, path: Path, problems: Problems, allowLinkLocal: boolean): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null) return refuse('is no URL', 'Give a full one, such as http://10.0.0.5:8000')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refuse('is neither http nor https', 'Give the address of an HTTP server')
  if (url.username !== '' || url.password !== '') return refuse('holds a user name or a password', 'Move it to auth, as env:NAME, file:/path or store:name')
  if (url.search !== '' || url.hash !== '' || text.includes('?') || text.includes('#')) return refuse('has a query or a fragment', 'Give the base URL alone')
  if (!allowLinkLocal && isLinkLocal(url.hostname)) {
    return refuse('is a link-local address, where clouds keep their metadata services', 'Give the address of the inference server; if it truly is there, set allowLinkLocal: true on the pool')
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/u, '').replace(/\/v1$/u, '')

  function refuse(message: string, mend: string): string {
    problems.add(path, message, mend, 'CONFIG_URL_REFUSED')
    return ''
  }
}
