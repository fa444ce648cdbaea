import { describe, expect, it } from 'vitest'
import { run } from './testing.ts'

describe('spillway break-even', () => {
  it('prints the answer as JSON', async () => {
    const { exit, stdout } = await run(['break-even', '--dedicated', '0.40', '--serverless', '0.000164', '--json'])
    expect(exit).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ breakEvenUtilization: expect.closeTo(0.6775, 4), serverlessHourly: expect.closeTo(0.5904, 9) })
  })

  it('moves with operations, k and the throughput ratio', async () => {
    const { stdout } = await run(['break-even', '--dedicated', '1', '--serverless', String(1 / 1800), '--ops-monthly', '73', '--idle-overhead-k', '2', '--throughput-ratio', '1.1', '--json'])
    expect(JSON.parse(stdout).breakEvenUtilization).toBeCloseTo((0.5 * 1.1) / 2.2, 9)
  })

  it('says in words what it means', async () => {
    const { stdout } = await run(['break-even', '--dedicated', '1.39', '--serverless', '0.00076'])
    expect(stdout).toContain('50.8 %')
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  })

  it.each([
    [['--dedicated', 'NaN', '--serverless', '1']],
    [['--dedicated', '1', '--serverless', '0']],
    [['--dedicated', '1']],
    [['--dedicated', '1', '--serverless', '1', '--surprise']],
  ])('refuses %j with one line and exit status 2', async (args) => {
    const { exit, stderr } = await run(['break-even', ...args])
    expect(exit).toBe(2)
    expect(stderr.split('\n')[0]).toMatch(/^error CLI_USAGE: /u)
  })

  it('--help shows examples', async () => {
    const { exit, stdout } = await run(['break-even', '--help'])
    expect(exit).toBe(0)
    expect(stdout).toContain('Examples:')
  })
})
