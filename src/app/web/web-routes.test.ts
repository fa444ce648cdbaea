import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fromExactJson } from '../../core/exact-json.ts'
import { shippedCatalog } from '../catalog.ts'
import { shippedPerfTable } from '../perf-table.ts'
import { CONTENT_SECURITY_POLICY, webRoutes } from './web-routes.ts'

const root = mkdtempSync(join(tmpdir(), 'spillway-web-'))
const folder = join(root, 'web')
mkdirSync(join(folder, 'assets'), { recursive: true })
mkdirSync(join(folder, 'docs'))
writeFileSync(join(root, 'secret.json'), '{}')
writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Spillway</title>')
writeFileSync(join(folder, 'docs', 'index.html'), '<!doctype html><title>Docs</title>')
writeFileSync(join(folder, 'assets', 'x-123.js'), 'export {}')
writeFileSync(join(folder, 'assets', 'x-123.js.gz'), gzipSync('export {}'))
writeFileSync(join(folder, 'notes.txt'), 'no known type')

const routes = webRoutes(folder)
const server = createServer((request, response) => {
  if (!routes(request, response)) response.writeHead(418).end()
})
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => {
  server.close()
  server.closeAllConnections()
  rmSync(root, { recursive: true })
})

/** Sends the path as it stands: fetch would resolve the dots. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer }> {
  return new Promise((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, path, method, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }))
    })
      .on('error', reject)
      .end()
  })
}

describe('the dashboard as files', () => {
  it.each(['/', '/calculator', '/calculator?v=1', '/calls', '/calls/call_1', '/traces/4bf9', '/login', '/index.html'])('answers %s with its page', async (path) => {
    const { status, headers, body } = await ask(path)
    expect([status, String(body), headers['content-type'], headers['cache-control']]).toEqual([200, '<!doctype html><title>Spillway</title>', 'text/html; charset=utf-8', 'no-cache'])
  })

  it('lets nothing run in it but its own files', async () => {
    const { headers } = await ask('/')
    expect(headers['content-security-policy']).toBe(CONTENT_SECURITY_POLICY)
    expect(CONTENT_SECURITY_POLICY).not.toContain('unsafe')
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
  })

  it('sends what was compressed before to whom takes it', async () => {
    const packed = await ask('/assets/x-123.js', { 'accept-encoding': 'gzip, deflate' })
    expect([packed.headers['content-encoding'], packed.headers['cache-control'], packed.headers.vary]).toEqual(['gzip', 'public, max-age=31536000, immutable', 'accept-encoding'])
    expect(String(gunzipSync(packed.body))).toBe('export {}')
    expect((await ask('/assets/x-123.js')).headers['content-encoding']).toBeUndefined()
  })

  it('says when nothing has changed', async () => {
    const { headers } = await ask('/')
    const again = await ask('/', { 'if-none-match': String(headers.etag) })
    expect([again.status, again.body.length]).toEqual([304, 0])
  })

  it('has the documentation beside it', async () => {
    expect((await ask('/docs')).headers.location).toBe('/docs/')
    expect(String((await ask('/docs/')).body)).toContain('Docs')
  })

  it('has what the calculator plans with, prices exact', async () => {
    const { headers, body } = await ask('/planner-data.json', { 'accept-encoding': 'gzip' })
    expect(headers['content-encoding']).toBe('gzip')
    const { catalog, perf } = fromExactJson(String(gunzipSync(body))) as { readonly catalog: unknown; readonly perf: unknown }
    expect(catalog).toEqual(shippedCatalog())
    expect(perf).toEqual(shippedPerfTable())
  })

  it('answers HEAD without a body', async () => {
    const { status, headers, body } = await ask('/', {}, 'HEAD')
    expect([status, headers['content-length'], body.length]).toEqual([200, '38', 0])
  })

  it.each(['/../secret.json', '/assets/../../secret.json', '/%2e%2e/secret.json', '/..%2fsecret.json', '/assets/', '/notes.txt', '/assets/x-123.js.gz', '/v1/models', '//', '/calls/', '/nothing'])('leaves %s to others', async (path) => {
    expect((await ask(path)).status).toBe(418)
  })

  it('leaves changes to others', async () => {
    expect((await ask('/', {}, 'POST')).status).toBe(418)
  })

  it('is nothing where it was not built', () => {
    const none = webRoutes(join(root, 'missing'))
    expect(none({ method: 'GET', url: '/', headers: {} } as never, {} as never)).toBe(false)
  })
})
