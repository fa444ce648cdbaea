import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Alert } from '../../measure/alert/alert-book.ts'
import { AlertFiles } from '../alerts/alert-files.ts'
import { startSite, type TestSite } from '../auth/testing.ts'

let folder = ''
let files: AlertFiles
let site: TestSite
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'spillway-manage-alerts-'))
  files = new AlertFiles(folder)
  site = await startSite({}, undefined, folder)
})
afterEach(async () => {
  await site.close()
  rmSync(folder, { recursive: true })
})

const alert = (id: string, tenant: string | null): Alert => ({ condition: { id, kind: 'leak', tenant, severity: 'warning', text: `About ${id}.`, mend: 'Mend it.', nanoUsd: '1500000000', holdMs: 0 }, since: 0, lastSeen: 0, toldAt: null, toldSeverity: null })
const ids = (list: readonly { readonly id: string }[]): string[] => list.map(({ id }) => id)

it('are those of the tenant and of the installation, with what ended and what is silenced', async () => {
  files.writeOpen([alert('a', 'acme'), alert('b', 'rival'), alert('c', null)])
  files.keepEnded([{ alert: alert('d', 'acme'), endedAt: 5000 }, { alert: alert('e', 'rival'), endedAt: 5000 }])
  const theirs = files.silence({ prefix: '', kind: null, tenant: 'rival', until: site.now + 1, reason: '' })
  const all = files.silence({ prefix: 'leak:', kind: null, until: site.now + 1, reason: 'by command' })
  const { body } = await (await site.asRole('viewer')).ask('GET', '/api/v1/alerts')
  expect([ids(body.open), ids(body.recent), ids(body.silences)]).toEqual([['a', 'c'], ['d'], [all.id]])
  expect([body.open[0], body.recent[0].endedAt]).toMatchObject([{ usd: '1.5', text: 'About a.', toldAt: null }, '1970-01-01T00:00:05.000Z'])
  expect(theirs.id).not.toBe(all.id)
})

it('a tenant silences its own; who belongs to every tenant silences all', async () => {
  const engineer = await site.asRole('engineer')
  const above = await site.as([{ tenant: null, role: 'engineer' }], 'acme')
  const silence = { prefix: 'leak:', seconds: 3600, reason: `new <b>engine</b>` }
  const own = (await engineer.ask('POST', '/api/v1/alerts/silences', silence)).body.silence
  const every = (await above.ask('POST', '/api/v1/alerts/silences', silence)).body.silence
  expect([own, every]).toMatchObject([{ tenant: 'acme', until: '2026-11-25T13:00:00.000Z', reason: silence.reason }, { tenant: null }])
  expect((await engineer.ask('DELETE', `/api/v1/alerts/silences/${every.id}`)).status).toBe(404)
  expect((await (await site.asRole('engineer', 'rival')).ask('DELETE', `/api/v1/alerts/silences/${own.id}`)).status).toBe(404)
  expect((await engineer.ask('DELETE', `/api/v1/alerts/silences/${own.id}`)).status).toBe(200)
  expect((await above.ask('DELETE', `/api/v1/alerts/silences/${every.id}`)).status).toBe(200)
  expect(files.silences(site.now)).toEqual([])
})

it.each([[{ prefix: '' }], [{ prefix: '', seconds: 1 }], [{ prefix: '', seconds: 1e9 }], [{ prefix: 'a\nb', seconds: 60 }], [{ prefix: '', seconds: 60, kind: 'weather' }]])('%j is refused', async (body) => {
  expect((await (await site.asRole('engineer')).ask('POST', '/api/v1/alerts/silences', body)).status).toBe(400)
  expect(files.silences(site.now)).toEqual([])
})
