import { describe, expect, it } from 'vitest'
import { RetryBudget } from './retry-budget.ts'

const taken = (budget: RetryBudget, now: number): number => {
  let count = 0
  while (count < 1000 && budget.take(now)) count++
  return count
}

describe('RetryBudget', () => {
  it('lets a quiet gateway retry ten times a minute', () => {
    const budget = new RetryBudget(0.1)
    expect(taken(budget, 0)).toBe(10)
    expect(taken(budget, 59_999)).toBe(0)
    expect(taken(budget, 70_000)).toBe(10)
  })

  it('keeps retries to a share of the calls of the last minute', () => {
    const budget = new RetryBudget(0.1)
    for (let i = 0; i < 1000; i++) budget.call(i * 50)
    expect(taken(budget, 50_000)).toBe(100)
    // The first slice of ten seconds, 200 calls, has gone; the retries have not.
    expect(taken(budget, 60_000)).toBe(0)
    expect(taken(budget, 115_000)).toBe(10)
  })

  it('survives a long silence', () => {
    const budget = new RetryBudget(0.5)
    budget.call(0)
    expect(taken(budget, 1e12)).toBe(10)
  })
})
