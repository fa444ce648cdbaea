import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyResult, exampleResult, exampleScenario, hostileResult, HOSTILE } from '../../decide/report/testing.ts'
import { terminalReport } from './terminal.ts'

const plainOf = (text: string): string => text.replace(/\u001B\[[0-9;]*m/gu, '')
const widest = (text: string): number => Math.max(...plainOf(text).split('\n').map((line) => [...line].length))

describe('the one-page report', () => {
  it('gives the answer first, and fits a page', () => {
    const lines = terminalReport(exampleResult()).split('\n')
    expect(lines.length).toBeLessThanOrEqual(62)
    expect(lines.slice(0, 9)).toMatchInlineSnapshot(`
      [
        "Plan      Hybrid, elastic: 3 dedicated, up to 2 by the hour, serverless above",
        "Verdict   Cheapest in 93 % of resampled weeks.",
        "Runs on   replicas of 1 x h100-80gb: own-dedicated at $0.600 a replica-hour (2026-11-24); above it",
        "          own-serverless at $0.000278 a replica-second (2026-11-24)",
        "Cost      $2,100 a month; on other days $2,140, 80 % interval $1,650 to $2,700; $2,150 like the 7",
        "          held-out days.",
        "          Against the current bill of $3,000 a month it saves $900 a month, $10,800 in 12 months.",
        "          It costs $716 (25 %) a month less than all-serverless, $1,400 (40 %) a month less than",
        "          all-dedicated, $2,000 (49 %) a month less than tokens-api (which breaks a constraint).",
      ]
    `)
  })

  it('says why, what was held out, what would change it and what to watch', () => {
    const page = terminalReport(exampleResult())
    expect(page.slice(page.indexOf('\nWhy'))).toMatchInlineSnapshot(`
      "
      Why       A dedicated replica pays where it is filled at least 60 %: the first 3 of 8.
                replica 1 filled 98 % -> dedicated saves $275
                replica 2 filled 78 % -> dedicated saves $134
                replica 3 filled 62 % -> dedicated saves $16.4
                replica 4 filled 49 % -> serverless saves $80.8
                replicas 5 to 7 filled 36 % to 22 % -> serverless saves $678 together
                replica 8 filled 11 % -> serverless saves $355
                That is the best fixed count (hybrid, $2,390 a month); hybrid-elastic costs $289 a month
                less, since it changes the count with demand.
                No plan that you allow can cost less than $1,980 a month, not even a schedule that knew
                all of the future; this one is 6.1 % above that.
      Held out  Fitted on 7 days, judged on 7 held-out days: this plan $2,150, +7.5 % against hourly
                counts chosen by someone who knew the week ($2,000); the best fixed count $2,300.
      Moves it  demand                             █████████│████████████ x 0.82 $1,700, x 1.22 $2,600
                serverless price                          ██│██           -20 % $2,000*, +20 % $2,180
                * cheapest there: all-serverless (serverless price -20 %)
      Tree      Steady around the clock? no
      Cheaper   hybrid@spot ($1,900): Spot capacity can be reclaimed at any time: allow it with
                --allow-spot.
      Watch out 1 empty bin (0.3 %) in busy hours may be a recording gap.
                Cold start: 1.2 % of requests wait 12 s (median) to 90 s (99th percentile).
      Next      After a month, compare the bill with this plan; the gap is the news.
      Based on  2 assumptions, each with source and date (2026-10-01 to 2026-11-24): --verbose or --json.
      "
    `)
  })

  it('has the picture and the comparison between', () => {
    const page = terminalReport(exampleResult())
    expect(page).toContain('┊ break-even 60 %')
    expect(page).toContain('> hybrid-elastic')
    expect(page).toContain('x tokens-api')
  })

  it('is at most 100 columns wide and at most as wide as the terminal, for anything', () => {
    fc.assert(
      fc.property(anyResult(), fc.integer({ min: 0, max: 250 }), fc.boolean(), fc.boolean(), (result, width, color, verbose) => {
        const page = terminalReport(result, { width, color, verbose })
        expect(widest(page)).toBeLessThanOrEqual(Math.min(100, Math.max(60, width)))
        expect(page.replace(/(?:hybrid|all-serverless)@\S*/gu, '')).not.toMatch(/\b(?:NaN|undefined|null|Infinity)\b/u)
      }),
      { numRuns: 60 },
    )
  })

  it.each(HOSTILE.map((text) => [text]))('shows outside text without running it: %j', (text) => {
    const page = terminalReport(hostileResult(text), { verbose: true })
    expect(page).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u2028\u202E]/u)
    expect(page.split('\n')).not.toContain('forged line')
  })

  it('colors nothing unless asked, and the same text when asked', () => {
    expect(terminalReport(exampleResult())).not.toContain('\u001B')
    expect(terminalReport(exampleResult(), { color: true })).toContain('\u001B[1mPlan\u001B[22m')
    expect(plainOf(terminalReport(exampleResult(), { color: true, verbose: true }))).toBe(terminalReport(exampleResult(), { verbose: true }))
  })

  it('cuts a long list of traps', () => {
    const warnings = Array.from({ length: 12 }, (_, index) => `warning ${index}`)
    const page = terminalReport(exampleResult({ warnings }))
    expect(page).toContain('9 more with --verbose.')
    expect(terminalReport(exampleResult({ warnings }), { verbose: true })).toContain('warning 11')
  })
})

describe('--verbose', () => {
  const others = Array.from({ length: 30 }, (_, index) => exampleScenario(`all-serverless@offer-${index}`, 5000 + index, { considered: false, why: [`Reason ${index}.`] }))
  const result = exampleResult({ scenarios: [...exampleResult().scenarios, ...others] })
  const page = terminalReport(result, { verbose: true })

  it('starts with the page', () => {
    expect(page.startsWith(terminalReport(result).trimEnd())).toBe(true)
  })

  it('prints every scenario with its bill and facts', () => {
    expect(others.filter(({ id, why }) => !page.includes(`\n${id}\n`) || !page.includes(why[0]!))).toEqual([])
    expect(page).toContain('idle tax')
    expect(page).toContain('cold starts 1.2 % of requests (median 12 s, p90 30 s, p99 90 s)')
  })

  it('prints each level, the tree with its numbers, and each assumption with source and date', () => {
    expect(page).toContain('Replica by replica')
    expect(page).toContain('floor 0.50 of mean 3.86 replicas = 13.0 %')
    expect(page).toContain('dedicated price (own dedicated): 0.6 USD/h per replica of 1 GPU (price list, 2026-11-24)')
    expect(page).toContain('cold start: unknown seconds (not stated by the provider, 2026-10-01)')
  })

  it('stops at a hundred levels and says so', () => {
    const marginal = Array.from({ length: 250 }, (_, index) => ({ ...exampleResult().marginal[0]!, level: index + 1 }))
    expect(terminalReport(exampleResult({ marginal }), { verbose: true })).toContain('150 more in the JSON')
  })
})
