import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { CHAT, chatAnswer, chatChunks, pool, sendJson, sendStream, startUpstream, stopAll, testConfig } from '../../route/gateway/testing.ts'
import { readLeaves } from '../../prove/verify/read-leaves.ts'
import { directorySource } from '../../prove/tiles/tile-source.ts'
import type { Leaf } from '../../prove/leaf/schema.ts'
import type { AuditConfig } from '../../route/config-types.ts'
import { auditFolder, createAudit, readAudit } from '../audit/audit-home.ts'
import { run } from '../cli/testing.ts'
import { scratchFolder, startWhole, type Whole } from './testing-whole.ts'

afterEach(stopAll)

async function whole(dataDir: string, models: Record<string, string>, audit: Partial<AuditConfig>): Promise<Whole> {
  createAudit(dataDir, 'example.com/audit')
  const upstream = await startUpstream((res) => sendJson(res, chatAnswer()))
  return startWhole({ ...testConfig([pool('api', [upstream.url], { models })]), audit: { mode: 'besteffort', remember: null, witnesses: [], quorum: 0, bodies: null, ...audit } }, dataDir)
}

async function leavesOf(dataDir: string): Promise<Leaf[]> {
  const found: Leaf[] = []
  for await (const { leaf } of readLeaves(directorySource(auditFolder(dataDir)), readAudit(dataDir).log.signer.verifier)) found.push(leaf)
  return found
}

it('modes by model, and the systems that calls belong to: in the leaves, and in what coverage says', async () => {
  const dataDir = scratchFolder()
  const { post, server } = await whole(dataDir, { plain: 'm', careful: 'm', playground: 'm' }, {
    models: [{ models: 'care*', mode: 'strict' }, { models: 'playground', mode: 'off' }],
    systems: [{ id: 'triage', keys: null, features: null, models: ['careful'] }],
  })
  for (const model of ['plain', 'careful', 'playground']) expect((await post('/v1/chat/completions', { ...CHAT, model })).status).toBe(200)
  await server.stop()
  const found = (await leavesOf(dataDir)).flatMap((leaf) => (leaf.leaf === 'call' ? [['call', leaf.model.asked, leaf.system]] : leaf.leaf === 'intent' ? [['intent', leaf.model, leaf.system]] : []))
  expect(found).toEqual([['call', 'plain', undefined], ['intent', 'careful', 'triage'], ['call', 'careful', 'triage']])
  const coverage = await run(['audit', 'coverage', '--data', dataDir])
  expect(coverage).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^Equal: 2 calls/u) })
  expect(coverage.stdout).toContain('1 calls were of models whose mode is off')
})

it.each([false, true])('what was asked and answered is committed to though nobody keeps it (streamed: %s)', async (stream) => {
  const dataDir = scratchFolder()
  createAudit(dataDir, 'example.com/audit')
  const upstream = await startUpstream((res) => (stream ? sendStream(res, chatChunks(['Hel', 'lo'], true)) : sendJson(res, chatAnswer())))
  const { post, server, records } = await startWhole({ ...testConfig([pool('api', [upstream.url])]), audit: { mode: 'besteffort', remember: null, witnesses: [], quorum: 0, bodies: null } }, dataDir)
  const sent = JSON.stringify({ ...CHAT, stream })
  const got = await (await post('/v1/chat/completions', sent)).text()
  await post('/v1/chat/completions', '{')
  await server.stop()
  const [request, response, other] = [sent, got, `${got} `].map((text, n) => {
    writeFileSync(join(dataDir, `body-${n}`), text)
    return join(dataDir, `body-${n}`)
  }) as [string, string, string]
  const match = (...argv: string[]) => run(['audit', 'match', records[0]!.id, ...argv, '--data', dataDir])
  expect(await match('--request', request, '--response', response)).toMatchObject({ exit: 0, stdout: 'The request is the one of entry 2.\nThe response is the one of entry 2.\n' })
  expect(await match('--request', request, '--response', other)).toMatchObject({ exit: 3, stdout: 'The request is the one of entry 2.\nThe response is NOT the one of entry 2.\n' })
  expect(JSON.parse((await match('--request', response, '--json')).stdout)).toEqual({ call: records[0]!.id, index: 2, request: false })
  expect(await match()).toMatchObject({ exit: 2 })
  // Of what was refused the request is there, and no answer of an upstream.
  expect(await run(['audit', 'match', records[1]!.id, '--response', response, '--data', dataDir])).toMatchObject({ exit: 3, stderr: expect.stringContaining('AUDIT_BODY_MISSING') })
  expect(await run(['audit', 'match', 'call_none', '--response', response, '--data', dataDir])).toMatchObject({ exit: 3, stderr: expect.stringContaining('AUDIT_PROOF_INVALID') })
})

it('a hook of one\'s own redacts; what is kept is what the log is committed to', async () => {
  const dataDir = scratchFolder()
  const hook = join(dataDir, 'hook.mjs')
  writeFileSync(hook, 'export const redact = (text) => text.replaceAll("Maria", "[name]")')
  const { post, server, records } = await whole(dataDir, { m: 'm' }, { bodies: { maxBytes: 10_000, redact: ['email'], hook } })
  await post('/v1/chat/completions', { ...CHAT, messages: [{ role: 'user', content: 'Maria, a@b.de' }] })
  await server.stop()
  const kept = (await leavesOf(dataDir)).find((leaf) => leaf.leaf === 'body-kept')
  expect(kept).toMatchObject({ call: records[0]!.id, redacted: 2 })
  const revealed = await run(['audit', 'reveal', records[0]!.id, '--purpose', 'check', '--data', dataDir])
  expect(revealed.stdout).toContain(`SHA-256 ${(kept as { commitment: string }).commitment}`)
  expect(revealed.stdout).toContain('[name], [email]')
})

it('a hook that cannot be loaded keeps the server from starting', async () => {
  await expect(whole(scratchFolder(), { m: 'm' }, { bodies: { maxBytes: 10_000, redact: [], hook: '/nowhere/hook.mjs' } })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})
