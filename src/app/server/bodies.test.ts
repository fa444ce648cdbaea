import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { CHAT, chatAnswer, pool, sendJson, startUpstream, stopAll, testConfig } from '../../route/gateway/testing.ts'
import { openDataDir } from '../../store/control/data-dir.ts'
import { createAudit, readAudit } from '../audit/audit-home.ts'
import { run, type CliRun } from '../cli/testing.ts'
import { scratchFolder, startWhole } from './testing-whole.ts'

afterEach(stopAll)

/** Every byte of a folder. */
function bytesOf(folder: string): Buffer {
  return Buffer.concat(readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [readFileSync(join(entry.parentPath, entry.name))] : [])))
}

it('reveal, erase, then verify: the log and every proof hold, and nobody can read the bodies any more', async () => {
  const dataDir = scratchFolder()
  createAudit(dataDir, 'example.com/audit')
  const upstream = await startUpstream((res) => sendJson(res, chatAnswer()))
  const whole = await startWhole({ ...testConfig([pool('api', [upstream.url])]), audit: { mode: 'besteffort', remember: null, witnesses: [], quorum: 0, bodies: { maxBytes: 10_000, redact: ['email'] } } }, dataDir)
  for (const user of ['maria', 'tom']) await whole.post('/v1/chat/completions', { ...CHAT, messages: [{ role: 'user', content: `canary-question of a@b.de, ${user}` }], user })
  await whole.server.stop()
  const [first, second] = whole.records.map(({ id }) => id) as [string, string]
  const audit = (...argv: string[]): Promise<CliRun> => run(['audit', ...argv, '--data', dataDir], { io: { env: { SPILLWAY_ACTOR: 'dpo' } } })
  const { keys, log } = readAudit(dataDir)
  const key = log.signer.verifier.text

  expect(bytesOf(dataDir).includes('canary-question')).toBe(false)
  expect((await audit('reveal', first, '--purpose', 'complaint 12')).stdout).toMatch(/^As the leaf has it: SHA-256 [0-9a-f]{64}\n\nRequest\n.*canary-question of \[email\], maria/u)
  const proof = join(dataDir, 'first.tlog-proof')
  await audit('prove', first, '-o', proof)

  const subject = keys.pseudonym('acme', 'maria')
  const { store } = openDataDir(dataDir)
  const wrapped = Buffer.from((await store.subjects.get('acme', subject))!)
  await store.close()
  expect(bytesOf(dataDir).includes(wrapped)).toBe(true)
  expect(await audit('erase', '--tenant', 'acme', '--user', 'maria', '--basis', 'GDPR Art. 17')).toMatchObject({ exit: 0, stdout: expect.stringContaining(subject) })
  expect(bytesOf(dataDir).includes(wrapped)).toBe(false)
  expect(await audit('reveal', first, '--purpose', 'again')).toMatchObject({ exit: 3, stderr: expect.stringContaining('AUDIT_BODY_ERASED') })
  expect(await audit('erase', '--tenant', 'acme', '--subject', subject, '--basis', 'again')).toMatchObject({ exit: 3, stderr: expect.stringContaining('AUDIT_BODY_MISSING') })
  expect((await audit('reveal', second, '--purpose', 'check')).stdout).toContain('tom')
  expect(await audit('reveal', 'call_none', '--purpose', 'check')).toMatchObject({ exit: 3 })

  await audit('sequence')
  expect(await run(['audit', 'verify', '--data', dataDir, '--key', key])).toMatchObject({ exit: 0 })
  expect(await run(['audit', 'verify', '--proof', proof, '--key', key])).toMatchObject({ exit: 0, stdout: expect.stringContaining(first) })
  expect(JSON.parse((await audit('coverage', '--json')).stdout)).toMatchObject({ ok: true, equal: 2 })
  await audit('export', '-o', join(dataDir, 'export'))
  const acts = readFileSync(join(dataDir, 'export/entries.jsonl'), 'utf8').split('\n').filter((line) => /"leaf":"(?:body-read|erasure)"/u.test(line))
  expect(acts.map((line) => (JSON.parse(line) as { leaf: object }).leaf)).toMatchObject([
    { leaf: 'body-read', actor: 'cli:dpo', call: first, purpose: 'complaint 12' },
    { leaf: 'erasure', actor: 'cli:dpo', tenant: 'acme', subject, basis: 'GDPR Art. 17' },
    { leaf: 'body-read', call: second },
  ])
})
