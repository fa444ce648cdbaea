import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { GatewayConfig } from '../../route/config-types.ts'
import { CHAT, chatAnswer, pool, sendJson, startUpstream, stopAll, testConfig } from '../../route/gateway/testing.ts'
import { openJournal } from '../../store/journal-file/open-journal.ts'
import { segmentsOf } from '../../store/journal-file/segment.ts'
import { callOf } from '../../core/testing.ts'
import { scratchFolder, startWhole } from './testing-whole.ts'

afterEach(stopAll)

async function served(): Promise<GatewayConfig> {
  const upstream = await startUpstream((res) => sendJson(res, chatAnswer()))
  return testConfig([pool('api', [upstream.url])])
}

describe('a start that meets a fault', () => {
  it('a broken record in an old file of the journal: calls are served all the same, and the log says so', async () => {
    const dataDir = scratchFolder()
    const folder = join(dataDir, 'journal')
    const journal = await openJournal({ folder, clock: { now: () => 1000 }, segmentBytes: 2000 })
    for (const half of ['a', 'b']) {
      for (let n = 0; n < 10; n++) journal.append(callOf({ id: `${half}-${n}` }))
      await journal.flush()
    }
    await journal.close()
    const file = join(folder, segmentsOf(readdirSync(folder))[0]!.file)
    const bytes = readFileSync(file)
    bytes[bytes.length - 20]! ^= 1
    writeFileSync(file, bytes)

    const whole = await startWhole(await served(), dataDir)
    while (!whole.logged.some((line) => line.includes('JOURNAL_DAMAGED'))) await new Promise(setImmediate)
    expect((await whole.post('/v1/chat/completions', CHAT)).status).toBe(200)
  })

  it('a port in use: the journal is closed and the data folder free again', async () => {
    const config = await served()
    const first = await startWhole(config)
    const dataDir = scratchFolder()
    await expect(startWhole({ ...config, server: { ...config.server, port: first.server.port } }, dataDir)).rejects.toThrow(expect.objectContaining({ code: 'LISTEN_FAILED' }))
    expect(existsSync(join(dataDir, 'journal/open'))).toBe(false)
    const again = await startWhole(config, dataDir)
    expect((await again.post('/v1/chat/completions', CHAT)).status).toBe(200)
  })

  it('a reload that the policy throws at changes nothing', async () => {
    const config = await served()
    const whole = await startWhole(config)
    expect(() => whole.reload({ ...config, version: 'v2', pools: [{ ...config.pools[0]!, capacity: 0 }] })).toThrow(expect.objectContaining({ code: 'POLICY_INVALID' }))
    expect((await whole.post('/v1/chat/completions', CHAT)).status).toBe(200)
    expect(whole.records.map(({ configVersion }) => configVersion)).toEqual(['v1'])
    expect(await (await whole.get('/metrics')).text()).toContain('spillway_config_info{version="v1"} 1')
  })
})
