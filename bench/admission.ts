import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { createAdmission } from '../src/route/admission/admission.ts'
import { fingerprint } from '../src/route/admission/fingerprint.ts'
import { hashSecret, newSecret } from '../src/route/admission/key-secret.ts'
import { repeatedSteps } from '../src/route/protocols/agent-steps.ts'
import type { AdmissionRequest } from '../src/route/seams.ts'
import type { BudgetRow, KeyRow } from '../src/store/control.ts'
import { openSqliteControl } from '../src/store/control/sqlite.ts'

/**
 * CPU time of admit + settle with everything on (key, scopes, model list, requests and tokens a minute, calls at once, loop
 * guard, three budgets a call of which one is for each user), 10,000 keys in turn, every request and most sessions new,
 * medians of rounds; then what
 * the store costs the main thread: one flush, one reload. Run: node bench/admission.ts
 */
const KEYS = 10_000
const ROUNDS = 15
const CALLS = 100_000

const folder = mkdtempSync(join(tmpdir(), 'spillway-bench-'))
const store = openSqliteControl(join(folder, 'control.sqlite'))
const pepper = randomBytes(32)
const secrets = Array.from({ length: KEYS }, () => newSecret(randomBytes))
const now = (): number => Date.now()

console.log(`admission: ${KEYS} keys, node ${process.version}`)
await timed('insert of all keys (a commit each)', async () => {
  for (const [index, secret] of secrets.entries()) await store.keys.insert(row(index, secret))
})
const budgets: readonly Omit<BudgetRow, 'tenant' | 'id'>[] = [
  { scope: 'tenant', value: '', period: 'month', limit: '900000000000000' },
  { scope: 'user', value: '*', period: 'day', limit: '900000000000000' },
  { scope: 'model', value: 'llama-3.1-8b', period: 'total', limit: '900000000000000' },
]
for (let tenant = 0; tenant < 100; tenant++) for (const [index, budget] of budgets.entries()) await store.budgets.put({ ...budget, id: `b${tenant}-${index}`, tenant: `t${tenant}` })

const admission = createAdmission({ store, clock: { now }, pepper, flushMs: null, loops: { action: 'kill', repeats: 5, windowMs: 60_000, spendPerMinute: 1e15 } })
await timed('load of keys and budgets', () => admission.reload())

const prints = Array.from({ length: 4096 }, (_, index) => createHash('sha256').update(String(index)).digest('hex').slice(0, 32))
const requests = Array.from({ length: CALLS }, (_, index) => request(index))
const rounds: number[] = []
for (let round = 0; round < ROUNDS; round++) {
  let refused = 0
  const start = cpu()
  const at = now()
  for (const one of requests) {
    const answer = admission.admit({ ...one, now: at })
    if (answer.ok) answer.reservation.settle({ cost: 41_000n, promptTokens: 700, outputTokens: 120 }, at)
    else refused++
  }
  rounds.push((cpu() - start) / CALLS)
  if (refused > 0) throw new Error(`${refused} calls were refused: the bench measures something else`)
  await admission.flush()
}
report('admit + settle', rounds.slice(2))

const strangers = Array.from({ length: CALLS / 10 }, () => newSecret(randomBytes))
const start = cpu()
for (const secret of strangers) admission.admit({ ...requests[0]!, secret })
console.log(`refusal of an unknown key  ${((cpu() - start) / strangers.length).toFixed(2)} us`)

for (const kib of [1, 16, 128]) {
  const body = JSON.stringify({ model: 'llama-3.1-8b', stream: true, temperature: 0, messages: Array.from({ length: Math.max(1, kib / 2) }, (_, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content: 'The quick brown fox. '.repeat(kib === 1 ? 45 : 95) })) })
  const parsed = Array.from({ length: 500 }, () => JSON.parse(body) as Record<string, unknown>)
  const times = Array.from({ length: 7 }, () => {
    const begin = cpu()
    // The clock of CPU time ticks in milliseconds.
    for (let round = 0; round < 20; round++) for (const json of parsed) fingerprint(json)
    return (cpu() - begin) / (20 * parsed.length)
  })
  report(`fingerprint of ${(body.length / 1024).toFixed(0)} KiB`, times)
}

for (const [what, turns, loop] of [['a chat of 20 turns', 0, false], ['10 tool results', 10, false], ['10 tool results, all the same', 10, true], ['30 tool results, all the same', 30, true]] as const) {
  const agent = Array.from({ length: turns }, (_, n) => [{ role: 'assistant', content: null, tool_calls: [{ id: `c${n}`, type: 'function', function: { name: 'search', arguments: `{"q":${loop ? 0 : n}}` } }] }, { role: 'tool', tool_call_id: `c${n}`, content: `${'The quick brown fox. '.repeat(50)}${loop ? 0 : n}` }]).flat()
  const chat = Array.from({ length: 20 }, (_, n) => ({ role: n % 2 === 0 ? 'assistant' : 'user', content: 'The quick brown fox. '.repeat(50) }))
  const parsed = Array.from({ length: 100 }, () => JSON.parse(JSON.stringify({ messages: [...chat, ...agent] })) as Record<string, unknown>)
  const times = Array.from({ length: 7 }, () => {
    const begin = cpu()
    for (let round = 0; round < 200; round++) for (const json of parsed) repeatedSteps('chat', json)
    return (cpu() - begin) / (200 * parsed.length)
  })
  report(`repeated steps in ${what}`, times)
}

for (const count of [100, 10_000]) {
  const flushes: number[] = []
  for (let round = 0; round < 15; round++) {
    for (let index = 0; index < count; index++) {
      const answer = admission.admit({ ...request(index), now: now() })
      if (answer.ok) answer.reservation.settle({ cost: 41_000n, promptTokens: 1, outputTokens: 1 }, now())
    }
    const begin = performance.now()
    await admission.flush()
    flushes.push(performance.now() - begin)
  }
  report(`flush of about ${admissionWindows(count)} windows (blocks the thread)`, flushes, 'ms')
}
await timed('reload with spend', () => admission.reload())
console.log(`heap ${(process.memoryUsage().heapUsed / 2 ** 20).toFixed(0)} MiB, ${JSON.stringify(admission.stats())}`)
await admission.close()
await store.close()
rmSync(folder, { recursive: true })

function row(index: number, secret: string): KeyRow {
  return {
    id: `key_${index}`,
    tenant: `t${index % 100}`,
    name: `key ${index}`,
    hash: hashSecret(pepper, secret),
    createdAt: now(),
    expiresAt: null,
    disabledAt: null,
    lastUsedAt: null,
    rules: { scopes: ['call'], models: ['llama-3.1-8b', 'llama-3.1-70b'], residency: 'eu', priority: 'standard', limits: { rpm: 1e9, tpm: 1e12, concurrency: 1000 } },
  }
}

function request(index: number): AdmissionRequest {
  const attribution = { user: `user-${index % 5000}`, feature: 'chat', session: `s-${index % 3000}`, prompt: null, promptVersion: null, traceId: null, parentSpanId: null, tags: {} }
  return {
    // A new string each, as from a socket: its hash is not known yet.
    secret: Buffer.from(secrets[(index * 7919) % KEYS]!).toString(),
    call: { api: 'chat', model: 'llama-3.1-8b', stream: true, body: Buffer.alloc(0), json: {}, promptTokens: 800, maxOutputTokens: 1000, attribution, priority: 'standard', residency: null, retryCount: null, forward: {} },
    estimate: 250_000n,
    fingerprint: prints[(index * 31) % prints.length]!,
    now: now(),
  }
}

/** Windows that so many calls touch: each tenant's own, its users', its model's. */
function admissionWindows(calls: number): number {
  const windows = new Set<string>()
  for (let index = 0; index < calls; index++) {
    const tenant = ((index * 7919) % KEYS) % 100
    windows.add(`${tenant}`).add(`${tenant} model`).add(`${tenant} ${index % 5000}`)
  }
  return windows.size
}

/** CPU microseconds of this thread: other load on the machine does not count. */
function cpu(): number {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

async function timed(what: string, work: () => Promise<void>): Promise<void> {
  const begin = performance.now()
  await work()
  console.log(`${what}: ${(performance.now() - begin).toFixed(1)} ms`)
}

function report(what: string, values: readonly number[], unit = 'us'): void {
  const sorted = [...values].sort((a, b) => a - b)
  console.log(`${what}  ${sorted[Math.floor(sorted.length / 2)]!.toFixed(2)} ${unit} (median of ${sorted.length}; ${sorted[0]!.toFixed(2)} to ${sorted.at(-1)!.toFixed(2)})`)
}
