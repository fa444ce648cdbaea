import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Comparison } from '../demo/compare/compare.ts'
import { packageRoot } from '../root.ts'
import { DEMO_ARGUMENTS } from './demo.ts'
import { run } from './testing.ts'

describe('spillway demo', () => {
  it('prints the plan of the command that it names, and how to plan one\'s own', async () => {
    const demo = await run(['demo', '--plan'])
    const plan = await run(['plan', ...DEMO_ARGUMENTS])
    expect([demo.exit, demo.stderr]).toEqual([0, ''])
    expect(demo.stdout.startsWith(plan.stdout)).toBe(true)
    const named = /npx spillway (plan [\s\S]*?)\nYours/u.exec(demo.stdout)![1]!.replaceAll(/\\\n\s*/gu, '')
    expect(named.split(/\s+/u)).toEqual(['plan', ...DEMO_ARGUMENTS])
    expect(Math.max(...demo.stdout.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(100)
  })
})

const spillway = async (...argv: readonly string[]): Promise<string> => (await promisify(execFile)(process.execPath, [join(packageRoot(), 'src/app/cli/main.ts'), ...argv])).stdout

describe('spillway demo --compare', () => {
  it('prints JSON that a seed gives again byte for byte, and another seed does not', { timeout: 60_000 }, async () => {
    const argv = ['demo', '--compare', '--json', '--seconds', '300']
    const [first, second, other] = await Promise.all([spillway(...argv), spillway(...argv), spillway(...argv, '--seed', '2')])
    expect(second).toBe(first)
    const [one, two] = [first!, other!].map((text) => JSON.parse(text) as Comparison)
    expect([one!.seconds, one!.load, one!.seed, two!.seed]).toEqual([300, 1, 1, 2])
    expect(two!.options).not.toEqual(one!.options)
    expect(one!.options.map(({ name }) => name)).toEqual(expect.arrayContaining(['hybrid', 'all-dedicated x 2', 'all-serverless', 'round-robin', 'error-only']))
    for (const { outcome } of [...one!.options, ...two!.options]) {
      const { byPool, byReason, bill, calls } = outcome
      for (const counts of [byPool, byReason]) expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(calls)
      expect(Object.values(bill.lines).reduce((sum, usd) => sum + usd, 0)).toBeCloseTo(bill.dedicated + bill.serverless, 8)
    }
  })

  it('prints the same comparison for people', async () => {
    const { exit, stdout, stderr } = await run(['demo', '--compare', '--seconds', '120', '--load', '0.5'])
    const { calls } = JSON.parse((await run(['demo', '--compare', '--seconds', '120', '--load', '0.5', '--json'])).stdout) as Comparison
    expect([exit, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`${calls} calls of a real trace, day 12, 19:50:00 to day 12, 19:52:00, 0.5 x its demo size; seed 1.`)
    expect(stdout).toMatch(/^hybrid .*\n(all-dedicated x \d.*\n)+all-serverless .*\nround-robin .*\nerror-only /mu)
  })

  it('tells where it is if stderr is a terminal', async () => {
    const { stderr } = await run(['demo', '--compare', '--seconds', '10', '--json'], { io: { progress: true } })
    for (const name of ['hybrid', 'all-dedicated x 2', 'all-serverless', 'round-robin', 'error-only']) expect(stderr).toContain(`simulating ${name}`)
  })

  it.each([[['--live']], [['--plan']], [['--speed', '2']], [['--seconds', 'x']], [['--load', '0']]])('refuses %j beside it', async (more) => {
    expect(await run(['demo', '--compare', ...more])).toMatchObject({ exit: 2, stderr: expect.stringMatching(/^error CLI_USAGE/u) })
  })
})
