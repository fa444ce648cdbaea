import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../core/random.ts'
import type { TaskSums } from '../../store/telemetry.ts'
import { costPerSuccess, LEAST_SUCCESSES } from './cost-per-success.ts'

interface Task {
  readonly usd: number
  readonly success: boolean
}

const sums = (tasks: readonly Task[]): TaskSums => ({
  tasks: tasks.length,
  nanoUsd: String(tasks.reduce((sum, { usd }) => sum + BigInt(Math.round(usd * 1e9)), 0n)),
  squares: tasks.reduce((sum, { usd }) => sum + usd ** 2, 0),
})
const row = (tasks: readonly Task[], unjudged: readonly Task[] = []) => ({ all: sums([...tasks, ...unjudged]), judged: sums(tasks), succeeded: sums(tasks.filter(({ success }) => success)) })
const tasks = (count: number, successes: number, usd: (n: number) => number = () => 1): Task[] => Array.from({ length: count }, (_, n) => ({ usd: usd(n), success: n < successes }))

describe('costPerSuccess', () => {
  it('is all cost over successes, exactly', () => {
    expect(costPerSuccess(row(tasks(40, 20)), 'ignore')).toMatchObject({ tasks: 40, successes: 20, nanoUsd: 2_000_000_000n })
    expect(costPerSuccess(row(tasks(3, 3, (n) => [0.1, 0.1, 0.100000001][n]!)), 'ignore').nanoUsd).toBe(100_000_000n)
  })

  it('tasks that nobody judged are left out, or count as failed', () => {
    const some = row(tasks(20, 20), tasks(20, 0))
    expect(costPerSuccess(some, 'ignore')).toMatchObject({ tasks: 20, nanoUsd: 1_000_000_000n })
    expect(costPerSuccess(some, 'fail')).toMatchObject({ tasks: 40, nanoUsd: 2_000_000_000n })
  })

  it('is unknown without a success, and its interval with few', () => {
    expect(costPerSuccess(row([]), 'ignore')).toEqual({ tasks: 0, successes: 0, nanoUsd: null, interval: null })
    expect(costPerSuccess(row(tasks(5, 0)), 'ignore')).toEqual({ tasks: 5, successes: 0, nanoUsd: null, interval: null })
    expect(costPerSuccess(row(tasks(50, LEAST_SUCCESSES - 1)), 'ignore')).toMatchObject({ nanoUsd: 5_555_555_556n, interval: null })
    expect(costPerSuccess(row(tasks(50, LEAST_SUCCESSES)), 'ignore').interval).not.toBeNull()
  })

  it('where all cost the same and succeed there is nothing uncertain', () => {
    const [low, high] = costPerSuccess(row(tasks(30, 30, () => 0.25)), 'ignore').interval!
    expect([low, high]).toEqual([expect.closeTo(0.25, 9), expect.closeTo(0.25, 9)])
  })

  it('with a cost that is the same for all, the interval is that of the success rate, inverted', () => {
    // Cost 1: 1 / rate, whose interval by Fieller is 1 / (rate + - Z s) to first order on both sides, exactly so without covariance.
    const [low, high] = costPerSuccess(row(tasks(100, 50)), 'ignore').interval!
    const error = 1.959964 * Math.sqrt(0.25 / 99)
    expect([1 / high, 1 / low]).toEqual([expect.closeTo(0.5 - error, 9), expect.closeTo(0.5 + error, 9)])
  })

  it('holds the truth in 95 of 100 cases, costs skewed and failures dearer', () => {
    const random = seededRandom(7)
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    const draw = (): Task => {
      const success = random() < 0.6
      return { success, usd: Math.exp(0.8 * normal() + (success ? 0 : 0.7)) }
    }
    // E[cost] / P(success), with the mean of a lognormal exp(mu + sigma^2 / 2).
    const truth = (0.6 * Math.exp(0.32) + 0.4 * Math.exp(0.7 + 0.32)) / 0.6
    const runs = 1000
    let held = 0
    for (let run = 0; run < runs; run++) {
      const [low, high] = costPerSuccess(row(Array.from({ length: 200 }, draw)), 'ignore').interval!
      if (low <= truth && truth <= high) held++
    }
    expect(held / runs).toBeGreaterThan(0.92)
    expect(held / runs).toBeLessThan(0.97)
  })
})
