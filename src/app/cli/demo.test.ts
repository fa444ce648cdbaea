import { describe, expect, it } from 'vitest'
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
