import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { memoryControl } from '../../store/control/memory.ts'
import { createAdmission } from '../admission/admission.ts'
import type { RunningAdmission } from '../admission/admission.ts'
import { fingerprint } from '../admission/fingerprint.ts'
import { CHAT, chatChunks, KEY, pool, rawCall, rawClient, startGateway, startUpstream, stopAll, testConfig, wantsUsage } from './testing.ts'

afterEach(stopAll)

const CALL = { ...CHAT, max_tokens: 100, stream: true }
/** Nano-USD, at $1 and $2 a million: what the gateway reserves for the call above, and no less than what it costs. */
const ESTIMATE = BigInt(Math.ceil(Buffer.byteLength(JSON.stringify(CALL)) / 4) * 1000 + 100 * 2000)

async function withBudget(limit: bigint): Promise<RunningAdmission> {
  const store = memoryControl()
  await store.budgets.put({ id: 'b', tenant: 'acme', scope: 'tenant', value: '', period: 'total', limit: limit.toString() })
  const admission = createAdmission({ store, clock: { now: () => Date.now() }, pepper: randomBytes(32), staticKeys: [{ id: 'key-1', secret: KEY, tenant: 'acme' }], loops: { action: 'off', repeats: 3, windowMs: 1000, spendPerMinute: 0 }, flushMs: null })
  await admission.reload()
  return admission
}

describe('a budget (peer defects 1 and 2)', () => {
  it('for ten calls is not overspent by a hundred at once, and nothing stays reserved after half of them hang up', async () => {
    const waiting: (() => void)[] = []
    const upstream = await startUpstream((res, body) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      const chunks = chatChunks(['a', 'b', 'c'], wantsUsage(body))
      res.write(chunks.slice(0, 3).join(''))
      waiting.push(() => res.end(chunks.slice(3).join('')))
    })
    const admission = await withBudget(10n * ESTIMATE)
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]), { admission, fingerprint })
    const clients = await Promise.all(Array.from({ length: 100 }, () => rawClient(gateway.port)))
    for (const client of clients) client.socket.write(rawCall(CALL))
    const first = await Promise.all(clients.map((client) => client.until(/"content":"a"|"code":"budget_/u)))
    const served = clients.filter((_, i) => first[i]!.includes('"content":"a"'))
    expect(served).toHaveLength(10)
    expect(first.filter((text) => /^HTTP\/1\.1 4(?:02|29) /u.test(text))).toHaveLength(90)
    expect(admission.stats().reservations).toBe(10)

    for (const { socket } of served.slice(0, 5)) socket.destroy()
    await gateway.record(95)
    for (const end of waiting) end()
    const records = await gateway.record(100).then(() => gateway.records)
    const outcomes = Object.groupBy(records, (record) => record.outcome)
    expect([outcomes['refused']?.length, outcomes['client-aborted']?.length, outcomes['ok']?.length]).toEqual([90, 5, 5])
    expect(admission.stats().reservations).toBe(0)
    const spent = records.reduce((sum, record) => sum + BigInt(record.cost.nanoUsd), 0n)
    expect(spent).toBeGreaterThan(0n)
    expect(spent).toBeLessThan(10n * ESTIMATE)

    // What was reserved and not spent is there again.
    const again = await rawClient(gateway.port)
    again.socket.write(rawCall(CALL))
    await again.until(/"content":"a"/u)
    await admission.close()
  })
})
