import type { IncomingMessage } from 'node:http'

/**
 * Whether a request that changes something comes from a page of this site, or from no page: browsers say it in Sec-Fetch-Site and
 * Origin, which no script can set. `publicUrl`: what browsers see, where a proxy changes the Host.
 */
export function isFromHere(request: IncomingMessage, publicUrl: string | null): boolean {
  const { 'sec-fetch-site': site, origin, host } = request.headers
  if (site !== undefined && site !== 'same-origin') return false
  if (origin === undefined) return true
  if (origin === publicUrl) return true
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase()
}

const LOOPBACK_NAMES = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/iu
const LOOPBACK_ADDRESS = /^(::1|127\.|::ffff:127\.)/u

/**
 * Whether it is asked on this machine by a name of this machine: not through a proxy, and not by a foreign name that leads here (DNS
 * rebinding). What is open to everybody on the machine is open to no more.
 */
export function isLocal({ socket, headers }: IncomingMessage): boolean {
  const address = socket.localAddress ?? ''
  return LOOPBACK_ADDRESS.test(address) && LOOPBACK_NAMES.test(headers.host ?? '') && headers['x-forwarded-for'] === undefined && headers.forwarded === undefined && headers['x-forwarded-host'] === undefined
}
