import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, it } from 'vitest'
import { CHAT, chatAnswer, chatChunks, KEY, onStop, sendJson, sendStream, startUpstream, stopAll, wantsUsage, type Upstream } from '../../route/gateway/testing.ts'
import type { CallRecord } from '../../core/call.ts'
import type { ControlStore } from '../../store/control.ts'
import { openDataDir } from '../../store/control/data-dir.ts'
import { journalReader } from '../../store/journal-file/read-journal.ts'
import { run } from '../cli/testing.ts'
import { serveProcess, writeConfig } from './testing-process.ts'
import { scratchFolder } from './testing-whole.ts'

afterEach(stopAll)

/** More for a soak: SPILLWAY_KILLS=100 vitest run kill */
const ROUNDS = Number(process.env['SPILLWAY_KILLS'] ?? 1)
const WORKERS = 12
/** What each call costs, nano-USD: 10 tokens in, 2 out, at $1 and $2 a million. */
const COST = 14_000n
const BUDGET = { id: 'b', tenant: 'acme', scope: 'tenant', value: '', period: 'total' } as const

async function openUpstream(): Promise<Upstream> {
  const tokens = ['a', 'b']
  return startUpstream((res, body) => {
    if (body['stream'] === true) sendStream(res, chatChunks(tokens, wantsUsage(body)))
    else sendJson(res, chatAnswer({ usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 } }))
  })
}

function post(port: number, stream: boolean): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/v1/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' }, body: JSON.stringify({ ...CHAT, stream, max_tokens: 10 }) })
}

/** Calls without a pause, `most` of them or until the gateway is gone; ids of calls whose answer came to its end go to `finished`. */
async function call(port: number, finished: string[], most: number): Promise<void> {
  for (let n = 0; n < most; n++) {
    try {
      const response = await post(port, n % 2 === 0)
      const text = await response.text()
      if (text.endsWith('}') || text.endsWith('data: [DONE]\n\n')) finished.push(response.headers.get('x-spillway-call-id')!)
    } catch {
      return
    }
  }
}

async function counters(port: number): Promise<{ readonly appended: number; readonly durable: number }> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const read = (name: string): number => Number(new RegExp(`^spillway_journal_${name}_total (\\d+)$`, 'mu').exec(text)![1])
  return { appended: read('records'), durable: read('durable') }
}

async function journalOf(dataDir: string): Promise<{ readonly calls: CallRecord[]; readonly gaps: string[] }> {
  const calls: CallRecord[] = []
  const gaps: string[] = []
  for await (const { record } of journalReader(join(dataDir, 'journal')).read(0)) {
    const one = record as CallRecord | { readonly kind: 'gap'; readonly reason: string }
    if (one.kind === 'call') calls.push(one)
    else gaps.push(one.reason)
  }
  return { calls, gaps }
}

async function spentIn(store: ControlStore): Promise<bigint> {
  return (await store.budgets.spend(0)).reduce((sum, { amount }) => sum + BigInt(amount), 0n)
}

function integrityOf(dataDir: string): unknown {
  const database = new DatabaseSync(join(dataDir, 'control.sqlite'), { readOnly: true })
  try {
    return database.prepare('PRAGMA integrity_check').get()
  } finally {
    database.close()
  }
}

describe('kill -9 of a gateway under load', () => {
  it(`${ROUNDS} times: no call is lost whose record was to be synced by then, the gap shows, no spend comes back, nothing is torn`, async () => {
    const upstream = await openUpstream()
    const folder = scratchFolder()
    const dataDir = join(folder, 'data')
    writeConfig(folder, upstream.url, '', 'on')
    // A look from outside, as `spillway keys` has one.
    const { store } = openDataDir(dataDir)
    onStop(() => store.close())
    await store.budgets.put({ ...BUDGET, limit: '1000000000000' })
    const safe = new Set<string>()
    for (let round = 1; round <= ROUNDS; round++) {
      const serve = serveProcess(folder)
      const port = await serve.serving
      const finished: string[] = []
      const load = (most: number): Promise<unknown> => Promise.all(Array.from({ length: WORKERS }, () => call(port, finished, most)))
      await load(10)

      // In time, and with nothing more to drive it, what has finished is synced, and its spend is in the store.
      const { appended } = await counters(port)
      while ((await counters(port)).durable < appended);
      for (const id of finished) safe.add(id)
      while ((await spentIn(store)) < BigInt(safe.size) * COST) await new Promise(setImmediate)
      // Then it dies in the middle of more.
      const calling = load(Number.POSITIVE_INFINITY)
      while (finished.length < 15 * WORKERS) await new Promise(setImmediate)
      const kept = await spentIn(store)
      serve.signal('SIGKILL')
      expect(await serve.ended).toBe('SIGKILL')
      await calling

      // What the dead process left.
      expect(integrityOf(dataDir)).toEqual({ integrity_check: 'ok' })
      const { calls, gaps } = await journalOf(dataDir)
      const ids = calls.map(({ id }) => id)
      expect(new Set(ids).size).toBe(ids.length)
      expect([...safe].filter((id) => !ids.includes(id))).toEqual([])
      const sent = new Set(upstream.headers.map((headers) => headers['x-request-id']))
      expect(ids.filter((id) => !sent.has(id))).toEqual([])
      expect(gaps).toEqual(Array.from({ length: round - 1 }, () => 'crash'))
      const after = await spentIn(store)
      expect([after >= kept, after <= BigInt(sent.size) * COST]).toEqual([true, true])
    }

    // Its budget is as good as spent: the next process knows.
    await store.budgets.put({ ...BUDGET, limit: String(await spentIn(store)) })
    const last = serveProcess(folder)
    const refused = await post(await last.serving, false)
    expect([refused.status, await refused.json()]).toEqual([402, { error: expect.objectContaining({ code: 'budget_exceeded' }) }])
    last.signal('SIGTERM')
    expect(await last.ended).toBe(0)
    const tail = await run(['calls', 'tail', '--data', dataDir, '-n', '100000'])
    expect(tail.stdout.match(/gap: an unknown number of records is missing since .* \(crash\)/gu)).toHaveLength(ROUNDS)
    const { calls, gaps } = await journalOf(dataDir)
    expect(gaps).toHaveLength(ROUNDS)

    // Telemetry was killed in the middle of loading each time: it has every call of the journal, once.
    const top = await run(['top', '--by', 'pool', '--since', '2020-01-01', '--until', '2100-01-01', '--data', dataDir, '--tenant', 'acme', '--json'])
    const cost = calls.reduce((sum, one) => sum + BigInt(one.cost.nanoUsd), 0n)
    expect((JSON.parse(top.stdout) as { readonly total: unknown }).total).toMatchObject([{ calls: calls.length, costNanoUsd: String(cost) }])
  }, 60_000 * (1 + ROUNDS))
})
