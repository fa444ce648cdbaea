import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { PLANNER_DATA, plannerData } from './planner-data.ts'
import { readWebFiles, type WebFile } from './web-files.ts'

/**
 * Nothing but the dashboard's own files runs or is shown in it, whatever a prompt, a name or a tag has in it; no other page can put it
 * in a frame.
 */
export const CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
} as const

/** The dashboard's own addresses: they all are index.html, which finds the page. */
const PAGES = /^\/(?:calculator|traffic|routing|calls|calls\/[^/]{1,256}|traces\/[^/]{1,256}|costs|leaks|audit|settings|login|setup|invite)?$/u

/** The dashboard and its documentation. Returns whether the request was for one of their files. */
export function webRoutes(folder: string): (request: IncomingMessage, response: ServerResponse) => boolean {
  const files = readWebFiles(folder, (bytes) => hash('sha256', bytes, 'base64url').slice(0, 22))
  const index = files.get('/index.html')
  return (request, response) => {
    if (index === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return false
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    if (path === '/docs') {
      request.resume()
      response.writeHead(308, { location: '/docs/', 'content-length': 0, ...HEADERS })
      response.end()
      return true
    }
    const file = PAGES.test(path) ? index : path === PLANNER_DATA ? plannerData() : files.get(path.endsWith('/') ? `${path}index.html` : path)
    if (file === undefined) return false
    request.resume()
    send(request, response, file)
    return true
  }
}

function send(request: IncomingMessage, response: ServerResponse, { type, body, br, gzip, forever, tag }: WebFile): void {
  const headers = { ...HEADERS, 'content-type': type, 'cache-control': forever ? 'public, max-age=31536000, immutable' : 'no-cache', etag: tag, vary: 'accept-encoding' }
  if (request.headers['if-none-match'] === tag) {
    response.writeHead(304, headers)
    response.end()
    return
  }
  const accepted = String(request.headers['accept-encoding'] ?? '')
  const [encoding, bytes] = br !== null && /\bbr\b/u.test(accepted) ? ['br', br] : gzip !== null && /\bgzip\b/u.test(accepted) ? ['gzip', gzip] : [null, body]
  response.writeHead(200, { ...headers, 'content-length': bytes.length, ...(encoding === null ? {} : { 'content-encoding': encoding }) })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}
