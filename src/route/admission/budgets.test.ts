import { expect, it } from 'vitest'
import type { BudgetRow } from '../../store/control.ts'
import { budgetRow, keyRow, OTHER_SECRET, START, testBench, verdict } from './testing.ts'

const DAY = 86_400_000
const cost = (amount: bigint): { cost: bigint; promptTokens: number; outputTokens: number } => ({ cost: amount, promptTokens: 1, outputTokens: 1 })

it('100 calls at once against a budget for 10 admit 10 (peer defect 1: check, then add)', async () => {
  const { admit, must, now } = await testBench({ budgets: [budgetRow({ limit: '1000' })] })
  const answers = Array.from({ length: 100 }, () => admit({ estimate: 100n }))
  const admitted = answers.filter((answer) => answer.ok)
  expect(admitted).toHaveLength(10)
  expect(answers[99]).toMatchObject({ status: 429, code: 'budget_reserved', retryAfterSeconds: 1 })
  for (const { reservation } of admitted) reservation.settle(cost(90n), now)
  must({ estimate: 100n })
  expect(verdict(admit({ estimate: 1n }))).toBe('budget_reserved')
})

it('after 100 aborted calls nothing is held (peer defect 2: phantom refusals)', async () => {
  const { must, admit, now, store, admission } = await testBench({ budgets: [budgetRow({ limit: '100' })] })
  for (let call = 0; call < 100; call++) must({ estimate: 100n }).reservation.release(now)
  const last = must({ estimate: 100n })
  last.reservation.settle(cost(100n), now)
  expect(admit({ estimate: 1n })).toMatchObject({ status: 402, code: 'budget_exceeded' })
  await admission.flush()
  expect(await store.budgets.spend(0)).toMatchObject([{ amount: '100' }])
})

it('an aborted call settles at what it had cost until then (peer defect 4)', async () => {
  const { must, admit, now } = await testBench({ budgets: [budgetRow({ limit: '100' })] })
  must({ estimate: 100n }).reservation.settle(cost(40n), now)
  expect([verdict(admit({ estimate: 61n })), verdict(admit({ estimate: 60n }))]).toEqual(['budget_exceeded', 'ok'])
})

it('calls that vanish give their reservation back, and one that settles late still pays', async () => {
  const { must, pass, admit, admission, now } = await testBench({ budgets: [budgetRow({ limit: '100' })], reservationMs: 10_000 })
  const slow = must({ estimate: 100n })
  pass(10_000)
  expect(admission.stats()).toMatchObject({ reservations: 0, expiredReservations: 1 })
  slow.reservation.settle(cost(70n), now)
  slow.reservation.settle(cost(70n), now)
  slow.reservation.release(now)
  expect([verdict(admit({ estimate: 31n })), verdict(admit({ estimate: 30n }))]).toEqual(['budget_exceeded', 'ok'])
})

it('a call that cost more than its estimate is booked in full, and the next is refused', async () => {
  const { must, admit, now } = await testBench({ budgets: [budgetRow({ limit: '100' })] })
  must({ estimate: 10n }).reservation.settle(cost(500n), now)
  expect(admit({ estimate: 0n })).toMatchObject({ code: 'budget_exceeded', message: expect.stringContaining('is used up') })
})

it('calls that cost nothing pass a budget that is used up to the last nano', async () => {
  const { must, admit, now } = await testBench({ budgets: [budgetRow({ limit: '100' })] })
  must({ estimate: 100n }).reservation.settle(cost(100n), now)
  expect([verdict(admit({ estimate: 0n })), verdict(admit({ estimate: 1n }))]).toEqual(['ok', 'budget_exceeded'])
})

it('negative estimates and costs count as nothing', async () => {
  const { must, admit, now } = await testBench({ budgets: [budgetRow({ limit: '100' })] })
  must({ estimate: -50n }).reservation.settle(cost(-50n), now)
  expect(verdict(admit({ estimate: 101n }))).toBe('budget_exceeded')
})

it.each<[string, Partial<BudgetRow>, Record<string, string>, Record<string, string>]>([
  ['the key', { scope: 'key', value: 'key_1' }, {}, { secret: OTHER_SECRET }],
  ['a user', { scope: 'user', value: 'ann' }, { user: 'ann' }, { user: 'bob' }],
  ['a feature', { scope: 'feature', value: 'chat' }, { feature: 'chat' }, {}],
  ['a model', { scope: 'model', value: 'm' }, { model: 'm' }, { model: 'n' }],
  ['each user', { scope: 'user', value: '*' }, { user: 'ann' }, { user: 'bob' }],
  ['each key', { scope: 'key', value: '*' }, {}, { secret: OTHER_SECRET }],
  ['each model', { scope: 'model', value: '*' }, { model: 'm' }, { model: 'n' }],
  ['each feature, and those that name none together', { scope: 'feature', value: '*' }, {}, { feature: 'chat' }],
])('a budget for %s binds its calls and no others', async (_, budget, inside, outside) => {
  const { must, admit, now } = await testBench({ keys: [keyRow(), keyRow({ id: 'key_2', secret: OTHER_SECRET })], budgets: [budgetRow({ ...budget, limit: '100' })] })
  must({ ...inside, estimate: 100n }).reservation.settle(cost(100n), now)
  expect([verdict(admit({ ...inside, estimate: 1n })), verdict(admit({ ...outside, estimate: 1n }))]).toEqual(['budget_exceeded', 'ok'])
})

it('another tenant\'s budgets do not bind', async () => {
  const { admit } = await testBench({ budgets: [budgetRow({ tenant: 'other', limit: '0' }), budgetRow({ id: 'c', tenant: 'other', scope: 'key', value: 'key_1', limit: '0' })] })
  expect(verdict(admit({ estimate: 1n }))).toBe('ok')
})

it('all budgets must have room, and a refusal by the last takes nothing from the first', async () => {
  const { admit } = await testBench({ budgets: [budgetRow({ id: 'a', limit: '100' }), budgetRow({ id: 'b', scope: 'key', value: 'key_1', limit: '10' }), budgetRow({ id: 'c', scope: 'model', value: 'm', period: 'total', limit: '100' })] })
  for (let call = 0; call < 50; call++) expect(verdict(admit({ estimate: 11n }))).toBe('budget_exceeded')
  expect(verdict(admit({ estimate: 100n, secret: null }))).toBe('missing_api_key')
  expect(verdict(admit({ estimate: 10n }))).toBe('ok')
})

it('the refusal says which budget, what is left, what was asked and when it renews', async () => {
  const { must, admit, now } = await testBench({ budgets: [budgetRow({ scope: 'user', value: '*', limit: '1000000000' })] })
  must({ user: 'ann', estimate: 900_000_000n }).reservation.settle(cost(880_000_000n), now)
  expect(admit({ user: 'ann', estimate: 500_000_000n })).toMatchObject({
    message: 'Budget "b" ($1.00 per day for user "ann") has $0.12 left, and this call may cost up to $0.50. It renews at the start of the next day, UTC.',
    retryAfterSeconds: (DAY / 2) / 1000,
  })
})

it('names that clients choose cannot forge the message', async () => {
  const { admit } = await testBench({ budgets: [budgetRow({ scope: 'user', value: '*', limit: '0' })] })
  const { message } = admit({ user: `x"\r\nretry-after: 0\n${'y'.repeat(1000)}`, estimate: 1n }) as { message: string }
  expect(message).toMatch(/^[\u0020-\u007e]{1,300}$/u)
})

it('a day budget renews at midnight UTC, a month budget on the first, a total never', async () => {
  const bench = await testBench({ now: Date.UTC(2026, 10, 30, 23, 59, 59), budgets: (['day', 'month', 'total'] as const).map((period) => budgetRow({ id: period, scope: 'model', value: period, period, limit: '100' })) })
  for (const model of ['day', 'month', 'total']) bench.must({ model, estimate: 100n }).reservation.settle(cost(100n), bench.now)
  const open = (): string[] => ['day', 'month', 'total'].map((model) => verdict(bench.admit({ model, estimate: 100n })))
  expect(open()).toEqual(['budget_exceeded', 'budget_exceeded', 'budget_exceeded'])
  bench.pass(1000)
  expect(open()).toEqual(['ok', 'ok', 'budget_exceeded'])
})

it('a call that runs over midnight is paid from the day that admitted it', async () => {
  const bench = await testBench({ now: Date.UTC(2026, 10, 24, 23, 59, 59), budgets: [budgetRow({ limit: '100' })] })
  const late = bench.must({ estimate: 100n })
  bench.pass(2000)
  const early = bench.must({ estimate: 100n })
  late.reservation.settle(cost(80n), bench.now)
  early.reservation.settle(cost(90n), bench.now)
  await bench.admission.flush()
  expect((await bench.store.budgets.spend(0)).map(({ windowStart, amount }) => [new Date(windowStart).toISOString().slice(0, 10), amount])).toEqual([
    ['2026-11-24', '80'],
    ['2026-11-25', '90'],
  ])
})

it('a clock that jumps over midnight and back finds what was spent on both sides', async () => {
  const bench = await testBench({ budgets: [budgetRow({ limit: '100' })] })
  const spend = (amount: bigint): void => bench.must({ estimate: amount }).reservation.settle(cost(amount), bench.now)
  spend(70n)
  bench.now += DAY
  spend(90n)
  bench.now -= DAY
  expect(verdict(bench.admit({ estimate: 31n }))).toBe('budget_exceeded')
  spend(30n)
  bench.now += DAY
  expect([verdict(bench.admit({ estimate: 11n })), verdict(bench.admit({ estimate: 10n }))]).toEqual(['budget_exceeded', 'ok'])
})

it('sums beyond what a double holds are exact', async () => {
  const { must, admit, now } = await testBench({ budgets: [budgetRow({ limit: '9007199254740994' })] })
  must({ estimate: 9007199254740993n }).reservation.settle(cost(9007199254740993n), now)
  expect([verdict(admit({ estimate: 2n })), verdict(admit({ estimate: 1n }))]).toEqual(['budget_exceeded', 'ok'])
})

it('more users than fit: memory stays bounded, and nobody gets back what is spent', async () => {
  const bench = await testBench({ budgets: [budgetRow({ scope: 'user', value: '*', limit: '100' })], limits: { subjectsPerBudget: 10 } })
  for (let user = 0; user < 500; user++) bench.must({ user: `user-${user}`, estimate: 60n }).reservation.settle(cost(60n), bench.now)
  expect(bench.admission.stats().subjects).toBe(10)
  const second = Array.from({ length: 500 }, (_, user) => verdict(bench.admit({ user: `user-${user}`, estimate: 60n })))
  expect(new Set(second)).toEqual(new Set(['budget_exceeded']))
  await bench.admission.flush()
  expect((await bench.store.budgets.spend(0)).filter(({ amount }) => amount === '60')).toHaveLength(500)
})

it('users with a running call are not forgotten, however many come', async () => {
  const bench = await testBench({ budgets: [budgetRow({ scope: 'user', value: '*', limit: '100' })], limits: { subjectsPerBudget: 4 } })
  const running = Array.from({ length: 8 }, (_, user) => bench.must({ user: `running-${user}`, estimate: 100n }))
  for (let user = 0; user < 100; user++) bench.must({ user: `other-${user}` }).reservation.settle(cost(1n), bench.now)
  expect(Array.from({ length: 8 }, (_, user) => verdict(bench.admit({ user: `running-${user}`, estimate: 1n })))).toEqual(running.map(() => 'budget_reserved'))
  for (const { reservation } of running) reservation.settle(cost(50n), bench.now)
  expect(bench.admission.stats().subjects).toBeLessThanOrEqual(9)
})

it('who is forgotten, returns, is loaded anew and is forgotten again has still spent it', async () => {
  const bench = await testBench({ budgets: [budgetRow({ scope: 'user', value: '*', limit: '100' })], limits: { subjectsPerBudget: 2 } })
  const visit = (user: string, amount: bigint): void => bench.must({ user, estimate: amount }).reservation.settle(cost(amount), bench.now)
  const crowd = (name: string): void => ['1', '2', '3', '4'].forEach((one) => visit(name + one, 1n))
  visit('ann', 60n)
  crowd('first')
  visit('ann', 10n)
  await bench.admission.reload()
  crowd('second')
  expect([verdict(bench.admit({ user: 'ann', estimate: 31n })), verdict(bench.admit({ user: 'ann', estimate: 30n }))]).toEqual(['budget_exceeded', 'ok'])
})

it('who settles late and was forgotten meanwhile has spent it all the same', async () => {
  const bench = await testBench({ budgets: [budgetRow({ scope: 'user', value: '*', limit: '100' })], limits: { subjectsPerBudget: 2 }, reservationMs: 10_000 })
  const slow = bench.must({ user: 'ann', estimate: 70n })
  bench.pass(10_000)
  for (let user = 0; user < 4; user++) bench.must({ user: `other-${user}` }).reservation.settle(cost(1n), bench.now)
  slow.reservation.settle(cost(70n), bench.now)
  expect([verdict(bench.admit({ user: 'ann', estimate: 31n })), verdict(bench.admit({ user: 'ann', estimate: 30n }))]).toEqual(['budget_exceeded', 'ok'])
})

it('endless names share a counter with those that begin the same', async () => {
  const bench = await testBench({ budgets: [budgetRow({ scope: 'user', value: '*', limit: '100' })] })
  bench.must({ user: 'x'.repeat(100_000), estimate: 100n }).reservation.settle(cost(100n), bench.now)
  expect(verdict(bench.admit({ user: `${'x'.repeat(100_000)}y`, estimate: 1n }))).toBe('budget_exceeded')
  await bench.admission.flush()
  expect((await bench.store.budgets.spend(0))[0]!.subject).toHaveLength(256)
})

it('a changed limit holds from the reload on, with what is spent and held', async () => {
  const bench = await testBench({ budgets: [budgetRow({ limit: '100' })] })
  bench.must({ estimate: 60n }).reservation.settle(cost(60n), bench.now)
  const held = bench.must({ estimate: 40n })
  await bench.store.budgets.put(budgetRow({ limit: '120' }))
  await bench.admission.reload()
  expect([verdict(bench.admit({ estimate: 21n })), verdict(bench.admit({ estimate: 20n }))]).toEqual(['budget_reserved', 'ok'])
  held.reservation.release(bench.now)
  expect(verdict(bench.admit({ estimate: 40n }))).toBe('ok')
})

it('a removed budget binds no more, and its late spend goes nowhere', async () => {
  const bench = await testBench({ budgets: [budgetRow({ limit: '100' })] })
  const held = bench.must({ estimate: 100n })
  await bench.store.budgets.remove('b')
  await bench.admission.reload()
  expect(verdict(bench.admit({ estimate: 1000n }))).toBe('ok')
  held.reservation.settle(cost(100n), START)
  await bench.admission.flush()
  expect(await bench.store.budgets.spend(0)).toEqual([])
})
