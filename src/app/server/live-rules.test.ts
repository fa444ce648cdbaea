import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { parseUsd } from '../../core/money.ts'
import { run } from '../cli/testing.ts'
import { DEMO_KEY, MESSAGES, MODEL, RECORDED_MODEL, startTestServer, type TestServer } from './testing.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer({ app: [] })
})
afterAll(() => server.close())

async function statusOf(key: string, user: string, model = MODEL): Promise<number> {
  const response = await fetch(`${server.baseURL}/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body: JSON.stringify({ model, messages: MESSAGES, max_tokens: 4, user }) })
  await response.arrayBuffer()
  return response.status
}

/** Until a running server has seen what the command line has changed: it looks once a second. */
function eventually(check: () => Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: 60_000, interval: 50 })
}

async function command(...argv: string[]): Promise<Record<string, unknown>> {
  const { exit, stdout, stderr } = await run([...argv, '--data', server.data, '--json'], { io: { now: () => new Date() } })
  if (exit !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as Record<string, unknown>
}

describe('what the command line changes holds in a running server', () => {
  it('budgets: set, seen with what was spent, and lifted', async () => {
    expect(await statusOf(DEMO_KEY, 'ann')).toBe(200)
    const { budget } = (await command('budgets', 'set', '0/day', '--user', 'ann')) as { budget: { id: string } }
    await eventually(async () => expect(await statusOf(DEMO_KEY, 'ann')).toBe(402))
    expect(await statusOf(DEMO_KEY, 'bob')).toBe(200)
    await command('budgets', 'set', '100/day', '--user', 'ann')
    await eventually(async () => expect(await statusOf(DEMO_KEY, 'ann')).toBe(200))
    const spent = async (): Promise<number> => Number(((await command('budgets', 'show', budget.id)) as { budget: { spentUsd: string } }).budget.spentUsd)
    await eventually(async () => expect(await spent()).toBeGreaterThan(0))
    await command('budgets', 'set', '0/day', '--user', 'ann')
    await eventually(async () => expect(await statusOf(DEMO_KEY, 'ann')).toBe(402))
    await command('budgets', 'remove', budget.id)
    await eventually(async () => expect(await statusOf(DEMO_KEY, 'ann')).toBe(200))
  })

  it('budgets: what a running call holds is shown, and what it cost when it has ended', async () => {
    const { budget } = (await command('budgets', 'set', '0/day', '--user', 'cara')) as { budget: { id: string } }
    const shown = async (): Promise<{ spentUsd: string; reservedUsd: string }> => ((await command('budgets', 'show', budget.id)) as { budget: { spentUsd: string; reservedUsd: string } }).budget
    const held = Promise.withResolvers<ServerResponse>()
    server.upstream.answer = (res) => held.resolve(res)
    await eventually(async () => expect(await statusOf(server.key('app'), 'cara')).toBe(402))
    await command('budgets', 'set', '10/day', '--user', 'cara')
    await eventually(async () => expect(await statusOf(server.key('app'), 'cara')).toBe(200))
    const status = statusOf(server.key('app'), 'cara', RECORDED_MODEL)
    await eventually(async () => expect(await shown()).toMatchObject({ reservedUsd: expect.stringMatching(/^0\.0*[1-9]/u) }))
    const response = await held.promise
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ id: 'a', object: 'chat.completion', choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }], usage: { prompt_tokens: 100, completion_tokens: 4, total_tokens: 104 } }))
    expect(await status).toBe(200)
    await eventually(async () => expect((await shown()).reservedUsd).toBe('0'))
    const calls = server.records.filter(({ attribution }) => attribution.user === 'cara')
    // What came before the gateway knew the budget does not count.
    const cost = calls.slice(calls.findIndex(({ status: got }) => got === 402)).reduce((sum, record) => sum + BigInt(record.cost.nanoUsd), 0n)
    expect([parseUsd((await shown()).spentUsd), cost > 0n]).toEqual([cost, true])
  })

  it('keys: a new one opens, a disabled one is refused', async () => {
    const { secret, key } = (await command('keys', 'create', '--name', 'late')) as { secret: string; key: { id: string } }
    await eventually(async () => expect(await statusOf(secret, 'x')).toBe(200))
    await command('keys', 'disable', key.id)
    await eventually(async () => expect(await statusOf(secret, 'x')).toBe(401))
    expect(await statusOf(server.key('app'), 'x')).toBe(200)
  })
})
