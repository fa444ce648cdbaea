import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Check } from 'typebox/value'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { callOf } from '../../core/testing.ts'
import type { Telemetry } from '../../measure/load/open-telemetry.ts'
import { openCheckpoint } from '../../prove/note/checkpoint.ts'
import { parseVerifierKey } from '../../prove/note/keys.ts'
import { leafHash } from '../../prove/tree/hash.ts'
import { verifyInclusion } from '../../prove/tree/verify-proof.ts'
import { openJournal } from '../../store/journal-file/open-journal.ts'
import { Browser, startSite, type TestSite } from '../auth/testing.ts'
import { run } from '../cli/testing.ts'
import { TELEMETRY_OFF } from '../telemetry/start-telemetry.ts'
import { auditRoutes } from './audit-routes.ts'

const CALLS = 700
const START = Date.UTC(2026, 10, 20)
const MINUTE = 60_000

const data = mkdtempSync(join(tmpdir(), 'spillway-audit-routes-'))
let key = ''
let site: TestSite
let auditor: Browser
beforeAll(async () => {
  const audit = (...argv: string[]) => run(['audit', ...argv, '--data', data])
  key = (JSON.parse((await audit('init', '--origin', 'example.com/audit', '--json')).stdout) as { readonly verifierKey: string }).verifierKey
  const journal = await openJournal({ folder: join(data, 'journal'), clock: { now: () => START } })
  // A call a minute, every tenth of another tenant.
  for (let n = 0; n < CALLS; n++) journal.append(callOf({ id: `call_${n}`, tenant: n % 10 === 0 ? 'rival' : 'acme', arrivedAt: START + n * MINUTE, totalMs: 100 }))
  await journal.close()
  const { exit, stderr } = await audit('sequence')
  if (exit !== 0) throw new Error(stderr)
})
afterAll(() => rmSync(data, { recursive: true }))
beforeEach(async () => {
  site = await startSite({}, undefined, data)
  auditor = await site.asRole('auditor')
})
afterEach(() => site.close())

/** Telemetry that knows when a call was, and nothing else; or says so of it. */
function knowing(startedAt: number): void {
  const bytes = new TextEncoder().encode(JSON.stringify({ call: { startedAt: new Date(startedAt).toISOString(), durationMs: 100 } }))
  site.telemetry = { ...TELEMETRY_OFF, store: () => ({ query: () => Promise.resolve({ type: 'json', status: 200, bytes }) }) as unknown as Telemetry }
}

it('says what the log is, under its signature', async () => {
  const { status, body } = await auditor.ask('GET', '/api/v1/audit')
  expect([status, Check(auditRoutes[0]!.answer, body)]).toEqual([200, true])
  expect(body).toMatchObject({ mode: 'off', log: { origin: 'example.com/audit', size: CALLS + 1, key }, stopped: null, witnesses: [], coverage: { behindBytes: 0, lostRecords: 0 } })
  const opened = openCheckpoint(Buffer.from(body.log.checkpoint), parseVerifierKey(key))
  expect(Buffer.from(opened.root).toString('base64')).toBe(body.log.root)
})

it.each([
  ['its time known', (n: number) => knowing(START + n * MINUTE)],
  ['its time not known', () => {}],
])('a call is proven, %s: whoever has the key checks it alone', async (_, know) => {
  for (const n of [1, 255, 256, 257, 511, 699]) {
    know(n)
    const { status, body } = await auditor.ask('GET', `/api/v1/audit/calls/call_${n}`)
    expect([status, Check(auditRoutes[1]!.answer, body), body.key]).toEqual([200, true, key])
    const leaf = Buffer.from(body.leaf, 'base64')
    const { size, root } = openCheckpoint(Buffer.from(body.checkpoint), parseVerifierKey(key))
    expect(JSON.parse(leaf.toString())).toMatchObject({ leaf: 'call', id: `call_${n}`, tenant: 'acme' })
    expect(Buffer.from(leafHash(leaf)).toString('base64')).toBe(body.leafHash)
    const proof = body.proof.map((one: string) => Buffer.from(one, 'base64'))
    expect([verifyInclusion({ index: BigInt(body.index), size, leafHash: leafHash(leaf), root, proof }), verifyInclusion({ index: BigInt(body.index), size, leafHash: leafHash(Buffer.from('x')), root, proof })]).toEqual([true, false])
  }
})

it('that a proof was given goes into the log', async () => {
  await auditor.ask('GET', '/api/v1/audit/calls/call_1')
  await auditor.ask('GET', '/api/v1/audit/calls/call_none')
  expect(await site.acts()).toEqual([expect.objectContaining({ leaf: 'proof-given', actor: `user:${auditor.user}`, tenant: 'acme', call: 'call_1' })])
})

it.each(['call_10', 'call_none', 'call_', '%22', '..%2f..%2fcheckpoint', 'gap'])('%s, of another tenant or of nobody, is not there', async (id) => {
  expect((await auditor.ask('GET', `/api/v1/audit/calls/${id}`)).status).toBe(404)
  knowing(START + 10 * MINUTE)
  expect((await auditor.ask('GET', `/api/v1/audit/calls/${id}`)).status).toBe(404)
})

it('a damaged log proves nothing, and says so by a code', async () => {
  const file = join(data, 'audit', 'checkpoint')
  const { body } = await auditor.ask('GET', '/api/v1/audit')
  writeFileSync(file, body.log.checkpoint.replace(`\n${CALLS + 1}\n`, `\n${CALLS + 2}\n`))
  for (const path of ['/api/v1/audit', '/api/v1/audit/calls/call_1']) {
    const answer = await auditor.ask('GET', path)
    expect([answer.status, answer.body.error.message]).toEqual([503, expect.stringContaining('AUDIT_SIGNATURE_INVALID')])
  }
  writeFileSync(file, body.log.checkpoint)
  expect((await auditor.ask('GET', '/api/v1/audit/calls/call_1')).status).toBe(200)
})

it('without a log there is none', async () => {
  const bare = await startSite()
  const asked = await bare.asRole('auditor')
  expect((await asked.ask('GET', '/api/v1/audit')).body.log).toBeNull()
  expect((await asked.ask('GET', '/api/v1/audit/calls/call_1')).body.error.code).toBe('audit_off')
  await bare.close()
})
