import { get } from 'node:http'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { callOf } from '../../core/testing.ts'
import type { AdminLeaf } from '../../prove/leaf/schema.ts'
import { encodeLeaf } from '../../prove/leaf/leaf.ts'
import { openJournal } from '../../store/journal-file/open-journal.ts'
import { startSite, type TestSite } from '../auth/testing.ts'
import { run } from '../cli/testing.ts'
import { logRoutes } from './log-routes.ts'

const CALLS = 600
const data = mkdtempSync(join(tmpdir(), 'spillway-log-routes-'))
const folder = join(data, 'audit')
let site: TestSite
let secret = ''
let acts: AdminLeaf[] = []

beforeAll(async () => {
  await run(['audit', 'init', '--origin', 'example.com/audit', '--data', data])
  const journal = await openJournal({ folder: join(data, 'journal'), clock: { now: () => 0 } })
  for (let n = 0; n < CALLS; n++) journal.append(callOf({ id: `call_${n}`, tenant: n % 2 === 0 ? 'acme' : 'rival' }))
  await journal.close()
  await run(['audit', 'sequence', '--data', data])
  writeFileSync(join(folder, 'other'), 'canary')
})
afterAll(() => rmSync(data, { recursive: true }))
beforeEach(async () => {
  acts = []
  site = await startSite({}, (door) => logRoutes({ door, folder, clock: { now: () => site.now }, append: (leaf) => acts.push(leaf), onDefect: (error) => expect.unreachable(String(error)) }))
  secret = await site.key(['audit'])
})
afterEach(() => site.close())

function ask(path: string, key: string | null = secret, init: RequestInit = {}): Promise<Response> {
  return fetch(`${site.base}/audit/${path}`, { ...init, headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...(init.headers as Record<string, string>) } })
}

/** As it is written, where `fetch` would make it tidy first. */
function raw(path: string): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(site.base)
    get({ host: '127.0.0.1', port, path, headers: { authorization: `Bearer ${secret}` } }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => (body += text)).on('end', () => resolve({ status: response.statusCode!, body }))
    }).on('error', reject)
  })
}

describe('the log over HTTP', () => {
  it('is verified from there, with a key of the scope "audit" and nothing else', async () => {
    const verified = await run(['audit', 'verify', `${site.base}/audit`, '--secret', 'env:AUDIT_KEY', '--json'], { io: { env: { AUDIT_KEY: secret } } })
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, size: CALLS + 1, checked: CALLS + 1 })
    expect(await run(['audit', 'verify', `${site.base}/audit`])).toMatchObject({ exit: 2, stderr: expect.stringContaining('status 401') })
    for (const where of ['env:NOTHING', 'plain', 'file:/nowhere']) expect(await run(['audit', 'verify', `${site.base}/audit`, '--secret', where])).toMatchObject({ exit: 2 })
  })

  it('every file of it is served, byte for byte; tiles may be kept for ever, what changes may not', async () => {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [relative(folder, join(entry.parentPath, entry.name))] : [])).filter((file) => file !== 'other')
    expect(files.length).toBeGreaterThan(8)
    for (const file of files) {
      const response = await ask(file)
      expect([file, response.status, Buffer.from(await response.arrayBuffer())]).toEqual([file, 200, readFileSync(join(folder, file))])
      const isTile = file.startsWith('tile/')
      expect([response.headers.get('cache-control'), response.headers.get('content-type')]).toEqual(isTile ? ['private, max-age=31536000, immutable', 'application/octet-stream'] : ['no-cache', 'text/plain; charset=utf-8'])
    }
  })

  it.each([
    ['tile/0/000.p/7', 'a partial tile that is gone'],
    ['tile/0/009', 'a tile that is not there yet'],
    ['tile/entries/000.p/256', 'a spelling that is none'],
    ['tile/0/0', 'another'],
    ['tile/00/000', 'another'],
    ['tile/0', 'a folder'],
    ['tile/', 'a folder'],
    ['', 'the folder itself'],
    ['checkpoint/', 'a note as a folder'],
    ['state', "the writer's own"],
    ['signing.key', "the writer's own"],
  ])('%s is not there: %s', async (path) => {
    expect((await ask(path)).status).toBe(404)
  })

  it.each(['../audit-private/signing.key', '..%2faudit-private%2fsigning.key', 'tile/../../audit-private/signing.key', 'tile/0/x000/../../../../audit-private/state', '/etc/passwd', '%00', 'checkpoint%00', 'other', './checkpoint', 'tile//0/000', '\\..\\audit-private\\state'])('nobody climbs out by %s', async (path) => {
    const { status, body } = await raw(`/audit/${path}`)
    expect([status, JSON.parse(body)]).toEqual([404, { error: expect.objectContaining({ code: 'not_found' }) }])
  })

  it('a part of a file, and its head', async () => {
    const tile = readFileSync(join(folder, 'tile/0/000'))
    const part = await ask('tile/0/000', secret, { headers: { range: 'bytes=32-63' } })
    expect([part.status, part.headers.get('content-range'), Buffer.from(await part.arrayBuffer())]).toEqual([206, 'bytes 32-63/8192', tile.subarray(32, 64)])
    const rest = await ask('tile/0/000', secret, { headers: { range: 'bytes=8000-' } })
    expect([rest.status, (await rest.arrayBuffer()).byteLength]).toEqual([206, 192])
    for (const range of ['bytes=9000-', 'bytes=5-4', 'bytes=-5', 'bytes=0-1,3-4', 'lines=1-2']) expect((await ask('tile/0/000', secret, { headers: { range } })).status).toBe(200)
    const head = await ask('tile/0/000', secret, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '8192', ''])
    const put = await ask('tile/0/000', secret, { method: 'PUT', body: 'x' })
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  it('is for auditors of all tenants alone: it is one log for them all', async () => {
    const status = async (scopes: Parameters<TestSite['key']>[0]): Promise<number> => (await ask('checkpoint', await site.key(scopes))).status
    expect([await status(['call', 'read', 'ingest']), await status(['admin']), (await ask('checkpoint', null)).status, (await ask('checkpoint', 'sw_wrong')).status]).toEqual([403, 200, 401, 401])
    const everywhere = await site.as([{ tenant: null, role: 'auditor' }], 'acme')
    const roles = await Promise.all((['viewer', 'finance', 'auditor', 'owner'] as const).map(async (role) => (await (await site.asRole(role)).ask('GET', '/audit/checkpoint')).status))
    expect([(await everywhere.ask('GET', '/audit/checkpoint')).status, roles]).toEqual([200, [403, 403, 403, 403]])
  })

  it('that somebody reads it goes into the log, once an hour for each', async () => {
    for (const path of ['checkpoint', 'tile/0/000', 'nothing', 'checkpoint']) await ask(path)
    await ask('checkpoint', await site.key(['audit'], 'rival'))
    expect(acts.map(({ leaf, actor, ...rest }) => [leaf, actor?.slice(0, 8), (rest as { tenant?: string }).tenant])).toEqual([
      ['log-read', 'key:key_', 'acme'],
      ['log-read', 'key:key_', 'rival'],
    ])
    site.now += 3_600_000
    await ask('checkpoint')
    expect(acts).toHaveLength(3)
    for (const leaf of acts) expect(encodeLeaf(leaf).length).toBeGreaterThan(0)
  })

  it('what is not under /audit/ is none of its business', async () => {
    expect((await fetch(`${site.base}/audit`, { headers: { authorization: `Bearer ${secret}` } })).status).toBe(418)
  })
})
