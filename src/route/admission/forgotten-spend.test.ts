import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ForgottenSpend } from './forgotten-spend.ts'

it('never says less than what a subject spent, and almost never more', () => {
  const subject = fc.string({ maxLength: 20 })
  fc.assert(
    fc.property(fc.array(fc.tuple(subject, fc.bigInt(0n, 10n ** 15n)), { maxLength: 200 }), subject, (entries, stranger) => {
      const forgotten = new ForgottenSpend()
      const exact = new Map<string, bigint>()
      for (const [name, amount] of entries) {
        forgotten.add(name, 100, amount)
        exact.set(name, (exact.get(name) ?? 0n) + amount)
      }
      for (const [name, amount] of exact) expect(forgotten.of(name, 100)).toBeGreaterThanOrEqual(amount)
      expect(forgotten.of(stranger, 100)).toBeGreaterThanOrEqual(exact.get(stranger) ?? 0n)
    }),
    { numRuns: 30 },
  )
})

it('20,000 forgotten users weigh on at most one newcomer in ten', () => {
  const forgotten = new ForgottenSpend()
  for (let user = 0; user < 20_000; user++) forgotten.add(`user-${user}@example.com`, 0, 1n)
  const heavier = Array.from({ length: 5000 }, (_, user) => forgotten.of(`new-${user}@example.com`, 0)).filter((spent) => spent > 0n)
  // (1 - e^(-20000/65536))^2 = 6.9 %.
  expect(heavier.length).toBeLessThan(500)
})

it('is about one window: a later one starts empty, an earlier one is not known', () => {
  const forgotten = new ForgottenSpend()
  forgotten.add('ann', 100, 5n)
  forgotten.add('ann', 200, 7n)
  forgotten.add('ann', 100, 9n)
  expect([forgotten.of('ann', 100), forgotten.of('ann', 200), forgotten.of('ann', 300)]).toEqual([0n, 7n, 0n])
})
