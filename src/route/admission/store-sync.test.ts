import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { ControlStore } from '../../store/control.ts'
import { memoryControl } from '../../store/control/memory.ts'
import { createAdmission } from './admission.ts'
import type { AdmissionEvent } from './options.ts'
import { budgetRow, keyRow, NO_LOOPS, OTHER_SECRET, PEPPER, SECRET, START, type TestBench, testBench, verdict } from './testing.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: START })
})

afterEach(() => {
  vi.useRealTimers()
})

function spend(bench: TestBench, amount: bigint, user: string | null = null): void {
  bench.must({ estimate: amount, user }).reservation.settle({ cost: amount, promptTokens: 1, outputTokens: 1 }, bench.now)
}

/** The store, with a `spend` write that fails while `broken`. */
function fragile(): ControlStore & { broken: boolean } {
  const store = memoryControl()
  const wrapped = {
    ...store,
    broken: false,
    budgets: {
      ...store.budgets,
      addSpend: (entries: Parameters<ControlStore['budgets']['addSpend']>[0]) => (wrapped.broken ? Promise.reject(new Error('disk full')) : store.budgets.addSpend(entries)),
    },
  }
  return wrapped
}

it('spend outlives a restart', async () => {
  const first = await testBench({ budgets: [budgetRow({ limit: '100' }), budgetRow({ id: 'u', scope: 'user', value: '*', limit: '50' })] })
  spend(first, 40n, 'ann')
  await first.admission.close()
  const second = await testBench({ store: first.store, keys: [] })
  expect([verdict(second.admit({ estimate: 61n })), verdict(second.admit({ estimate: 11n, user: 'ann' })), verdict(second.admit({ estimate: 50n, user: 'bob' }))]).toEqual(['budget_exceeded', 'budget_exceeded', 'ok'])
})

it('a crash loses what was spent since the last flush, and nothing else', async () => {
  const first = await testBench({ budgets: [budgetRow({ limit: '100' })] })
  spend(first, 40n)
  await first.admission.flush()
  spend(first, 30n)
  const second = await testBench({ store: first.store, keys: [] })
  expect([verdict(second.admit({ estimate: 61n })), verdict(second.admit({ estimate: 60n }))]).toEqual(['budget_exceeded', 'ok'])
})

it('flushing again and again adds every nano once', async () => {
  const bench = await testBench({ budgets: [budgetRow()] })
  for (let call = 1; call <= 20; call++) {
    spend(bench, BigInt(call))
    await Promise.all([bench.admission.flush(), bench.admission.flush()])
  }
  await bench.admission.flush()
  expect(await bench.store.budgets.spend(0)).toMatchObject([{ amount: '210' }])
})

it('what a store refuses is kept for the next time, and still counts', async () => {
  const store = fragile()
  const bench = await testBench({ store, budgets: [budgetRow({ limit: '100' })] })
  store.broken = true
  spend(bench, 40n)
  await expect(bench.admission.flush()).rejects.toThrow('disk full')
  spend(bench, 20n)
  expect(verdict(bench.admit({ estimate: 41n }))).toBe('budget_exceeded')
  store.broken = false
  await bench.admission.close()
  expect(await store.budgets.spend(0)).toMatchObject([{ amount: '60' }])
})

it('two gateways on one store add to each other\'s spend instead of overwriting it (peer defect 3), and see it at a reload', async () => {
  const one = await testBench({ budgets: [budgetRow({ limit: '100' })] })
  const two = await testBench({ store: one.store, keys: [] })
  spend(one, 30n)
  spend(two, 40n)
  await one.admission.flush()
  await two.admission.reload()
  await one.admission.reload()
  expect([one, two].map((bench) => verdict(bench.admit({ estimate: 31n })))).toEqual(['budget_exceeded', 'budget_exceeded'])
  expect(await one.store.budgets.spend(0)).toMatchObject([{ amount: '70' }])
})

it('spend that settles while a reload reads is not counted twice or lost', async () => {
  const bench = await testBench({ budgets: [budgetRow({ limit: '1000' })] })
  const open = Array.from({ length: 10 }, () => bench.must({ estimate: 10n }))
  const reloads = Promise.all([bench.admission.reload(), bench.admission.reload()])
  for (const { reservation } of open) {
    reservation.settle({ cost: 10n, promptTokens: 1, outputTokens: 1 }, bench.now)
    await Promise.resolve()
  }
  await reloads
  await bench.admission.flush()
  expect(await bench.store.budgets.spend(0)).toMatchObject([{ amount: '100' }])
  expect([verdict(bench.admit({ estimate: 901n })), verdict(bench.admit({ estimate: 900n }))]).toEqual(['budget_exceeded', 'ok'])
})

it('more users than fit are loaded without their names: none gets spend back at a restart', async () => {
  const first = await testBench({ budgets: [budgetRow({ scope: 'user', value: '*', limit: '100' })] })
  for (let user = 0; user < 100; user++) spend(first, 60n, `user-${user}`)
  await first.admission.close()
  const second = await testBench({ store: first.store, keys: [], limits: { subjectsPerBudget: 10 } })
  for (let reload = 0; reload < 3; reload++) await second.admission.reload()
  expect(second.admission.stats().subjects).toBe(10)
  expect(Array.from({ length: 100 }, (_, user) => verdict(second.admit({ user: `user-${user}`, estimate: 60n })))).toEqual(Array.from({ length: 100 }, () => 'budget_exceeded'))
  expect(Array.from({ length: 100 }, (_, user) => verdict(second.admit({ user: `user-${user}`, estimate: 40n }))).filter((code) => code === 'ok').length).toBeGreaterThan(95)
})

it('old days and other months are not loaded', async () => {
  const store = memoryControl()
  await store.budgets.put(budgetRow({ limit: '100' }))
  await store.budgets.addSpend([-86_400_000, -31 * 86_400_000].map((ago) => ({ budgetId: 'b', windowStart: Date.UTC(2026, 10, 24) + ago, amount: '100' })))
  const bench = await testBench({ store })
  expect(verdict(bench.admit({ estimate: 100n }))).toBe('ok')
})

it('a new budget meets no call before its spend is loaded', async () => {
  const bench = await testBench()
  await bench.store.budgets.put(budgetRow({ limit: '100' }))
  await bench.store.budgets.addSpend([{ budgetId: 'b', windowStart: Date.UTC(2026, 10, 24), amount: '100' }])
  const reload = bench.admission.reload()
  const seen: string[] = []
  for (let turn = 0; turn < 20; turn++) {
    seen.push(verdict(bench.admit({ estimate: 101n })), verdict(bench.admit({ estimate: 1n })))
    await Promise.resolve()
  }
  await reload
  // Either there is no budget yet and both pass, or it is there with its spend and neither does.
  expect(seen.findIndex((code) => code !== 'ok') % 2).toBe(0)
  expect(new Set(seen)).toEqual(new Set(['ok', 'budget_exceeded']))
})

it('the timer flushes every second, follows changes by others, and tells of failures', async () => {
  const store = fragile()
  const events: AdmissionEvent[] = []
  await store.keys.insert(keyRow())
  await store.budgets.put(budgetRow({ limit: '100' }))
  const admission = createAdmission({ store, clock: { now: () => Date.now() }, pepper: PEPPER, loops: NO_LOOPS, onEvent: (event) => events.push(event) })
  await admission.reload()
  const { request } = await testBench()
  const call = (secret: string): string => verdict(admission.admit(request({ secret, estimate: 10n, now: Date.now() })))

  const answer = admission.admit(request({ estimate: 60n, now: Date.now() }))
  expect(verdict(answer)).toBe('ok')
  settle(answer, 60n)
  store.broken = true
  await vi.advanceTimersByTimeAsync(1000)
  expect(events).toMatchObject([{ type: 'flush-failed', at: START + 1000 }])
  store.broken = false
  await vi.advanceTimersByTimeAsync(1000)
  expect(await store.budgets.spend(0)).toMatchObject([{ amount: '60' }])

  expect(call(OTHER_SECRET)).toBe('invalid_api_key')
  await store.keys.insert(keyRow({ id: 'key_2', secret: OTHER_SECRET }))
  await store.keys.update('key_1', { disabledAt: START })
  await vi.advanceTimersByTimeAsync(1000)
  expect([call(OTHER_SECRET), call(SECRET)]).toEqual(['ok', 'api_key_disabled'])
  await admission.close()
  expect(vi.getTimerCount()).toBe(0)
})

it('what running calls hold reaches the store while there is any, and is taken back once', async () => {
  const store = memoryControl()
  let writes = 0
  const counting: ControlStore = { ...store, budgets: { ...store.budgets, addSpend: (...spent) => (writes++, store.budgets.addSpend(...spent)) } }
  const bench = await testBench({ store: counting, budgets: [budgetRow({ limit: '1000' }), budgetRow({ id: 'u', scope: 'user', value: '*', limit: '500' })] })
  const flushed = async (): Promise<unknown> => {
    await bench.admission.flush()
    return Object.fromEntries((await store.budgets.reserved()).budgets.map(({ budgetId, amount }) => [budgetId, amount]))
  }
  expect([await flushed(), writes]).toEqual([{}, 0])
  const [ann, bob] = ['ann', 'bob'].map((user) => bench.must({ estimate: 100n, user }).reservation)
  expect(await flushed()).toEqual({ b: '200', u: '200' })
  bench.pass(1500.5)
  ann!.settle({ cost: 30n, promptTokens: 1, outputTokens: 1 }, bench.now)
  expect([await flushed(), (await store.budgets.reserved()).at]).toEqual([{ b: '100', u: '100' }, Math.floor(bench.now)])
  bob!.release(bench.now)
  expect([await flushed(), writes]).toEqual([{}, 3])
  expect([await flushed(), writes]).toEqual([{}, 3])
})

it("what is held in yesterday's window is not held in today's", async () => {
  const bench = await testBench({ budgets: [budgetRow({ limit: '1000' }), budgetRow({ id: 'm', period: 'month', limit: '1000' })] })
  bench.must({ estimate: 100n })
  bench.now += 86_400_000
  await bench.admission.flush()
  expect((await bench.store.budgets.reserved()).budgets).toEqual([{ budgetId: 'm', amount: '100' }])
})

it('last use reaches the store once a minute and at the end, never going back', async () => {
  const bench = await testBench()
  const lastUse = async (): Promise<number | null> => (await bench.store.keys.list(null))[0]!.lastUsedAt
  bench.pass(60_000)
  bench.must({ now: START + 60_000.7 })
  await bench.admission.flush()
  expect(await lastUse()).toBe(START + 60_000)
  bench.pass(1000)
  bench.must()
  await bench.admission.flush()
  expect(await lastUse()).toBe(START + 60_000)
  await bench.admission.close()
  expect(await lastUse()).toBe(START + 61_000)
})

function settle(answer: ReturnType<TestBench['admit']>, cost: bigint): void {
  if (answer.ok) answer.reservation.settle({ cost, promptTokens: 1, outputTokens: 1 }, START)
}
