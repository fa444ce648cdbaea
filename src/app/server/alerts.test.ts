import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { AlertConfig } from '../../route/config-types.ts'
import { CHAT, chatAnswer, onStop, pool, sendJson, startUpstream, stopAll, testConfig, TOKENS_CARD } from '../../route/gateway/testing.ts'
import { openDataDir } from '../../store/control/data-dir.ts'
import { run } from '../cli/testing.ts'
import { scratchFolder, startWhole } from './testing-whole.ts'

afterEach(stopAll)

interface Hook {
  readonly config: AlertConfig
  /** Resolves with the next message of those that `wanted` accepts. */
  readonly next: (event: string) => Promise<{ readonly event: string; readonly alert: { readonly id: string; readonly severity: string; readonly text: string } }>
}

async function hook(): Promise<Hook> {
  type Message = Awaited<ReturnType<Hook['next']>>
  const got: Message[] = []
  let came: (() => void) | null = null
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      got.push(JSON.parse(Buffer.concat(chunks).toString()) as Message)
      res.end()
      came?.()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onStop(() => new Promise<void>((resolve) => server.close(() => resolve())), 'last')
  return {
    config: { everyMs: 20, remindMs: null, clearMs: 0, anomalyPerMinute: 16_666_667, leakPerMinute: 694_444, to: [{ type: 'webhook', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, secret: null }] },
    next: async (event) => {
      for (;;) {
        const found = got.findIndex((message) => message.event === event)
        if (found >= 0) return got.splice(found, 1)[0]!
        await new Promise<void>((resolve) => (came = resolve))
      }
    },
  }
}

describe('a server that alerts', () => {
  it('tells of a pool that is down for a minute, and when it is back', async () => {
    let well = false
    const upstream = await startUpstream((res) => sendJson(res, {}, well ? 200 : 503))
    const { config, next } = await hook()
    const whole = await startWhole({ ...testConfig([pool('floor', [upstream.url], { kind: 'dedicated', health: { path: '/health', intervalMs: 20 } })]), alerts: config })
    while (whole.server.snapshot().pools[0]!.endpoints[0]!.up) await new Promise(setImmediate)
    whole.ahead += 30_000
    const opened = next('opened')
    // The hold counts from the first look at it, whenever that was.
    while (!/spillway_alerts_open\{severity="critical"\} 1/u.test(await (await whole.get('/metrics')).text())) whole.ahead += 20_000
    expect((await opened).alert).toMatchObject({ id: 'pool-unhealthy:floor', severity: 'critical', text: 'Pool floor has its only endpoint out of service: e0 (down).' })
    well = true
    expect((await next('resolved')).alert.id).toBe('pool-unhealthy:floor')
    expect(whole.logged.filter((line) => line.includes('"alert":"pool-unhealthy:floor"'))).toHaveLength(2)
  })

  it('tells of a budget that is used up, and the command line lists it', async () => {
    const upstream = await startUpstream((res) => sendJson(res, chatAnswer()))
    const { config, next } = await hook()
    const dataDir = scratchFolder()
    const { store } = openDataDir(dataDir)
    await store.budgets.put({ id: 'b1', tenant: 'acme', scope: 'tenant', value: '', period: 'total', limit: '1000000000' })
    await store.budgets.addSpend([{ budgetId: 'b1', windowStart: 0, amount: '1000000000' }])
    await store.close()
    const whole = await startWhole({ ...testConfig([pool('api', [upstream.url], { kind: 'tokens', card: TOKENS_CARD })]), alerts: config }, dataDir)
    expect((await whole.post('/v1/chat/completions', CHAT)).status).toBe(402)
    expect((await next('opened')).alert).toMatchObject({ id: 'budget-burn:b1', severity: 'critical' })
    const { stdout } = await run(['alerts', 'list', '--data', dataDir, '--json'], { io: {} })
    expect((JSON.parse(stdout) as { open: { condition: { id: string } }[] }).open.map(({ condition }) => condition.id)).toEqual(['budget-burn:b1'])
  })
})
