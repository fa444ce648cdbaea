import { afterEach, expect, it } from 'vitest'
import { CHAT, chatAnswer, pool, sendJson, startUpstream, stopAll, testConfig } from '../../route/gateway/testing.ts'
import { readLeaves } from '../../prove/verify/read-leaves.ts'
import { directorySource } from '../../prove/tiles/tile-source.ts'
import { auditFolder, createAudit, readAudit } from '../audit/audit-home.ts'
import { journalReader } from '../../store/journal-file/read-journal.ts'
import { scratchFolder, startWhole } from './testing-whole.ts'

afterEach(stopAll)

it('a whole server, strict: the intent is on disk when the upstream is asked, and both are in the log', async () => {
  const dataDir = scratchFolder()
  createAudit(dataDir, 'example.com/audit')
  const seen: unknown[] = []
  const upstream = await startUpstream((res) => {
    void (async () => {
      for await (const { record } of journalReader(`${dataDir}/journal`).read(0)) seen.push((record as { kind: unknown }).kind)
      sendJson(res, chatAnswer())
    })()
  })
  const whole = await startWhole({ ...testConfig([pool('api', [upstream.url])]), audit: { mode: 'strict', remember: null, witnesses: [], quorum: 0, bodies: null } }, dataDir)
  expect((await whole.post('/v1/chat/completions', CHAT)).status).toBe(200)
  expect(seen).toEqual(['intent'])
  await whole.server.stop()
  const kinds: string[] = []
  for await (const { leaf } of readLeaves(directorySource(auditFolder(dataDir)), readAudit(dataDir).log.signer.verifier)) kinds.push(leaf.leaf)
  expect(kinds).toEqual(['log-started', 'config', 'intent', 'call', 'log-stopped'])
})
