import { describe, expect, it } from 'vitest'
import { summarize } from './summary.ts'
import { exampleResult, exampleScenario, hostileResult, HOSTILE } from './testing.ts'

describe('the summary', () => {
  it('answers first: what to run, what it costs, what that saves', () => {
    const { title, answer, verdict, bound, outOfSample } = summarize(exampleResult())
    expect({ title, answer, verdict, bound, outOfSample }).toMatchInlineSnapshot(`
      {
        "answer": [
          "$2,100 a month; on other days $2,140, 80 % interval $1,650 to $2,700; $2,150 like the 7 held-out days.",
          "Against the current bill of $3,000 a month it saves $900 a month, $10,800 in 12 months.",
          "It costs $716 (25 %) a month less than all-serverless, $1,400 (40 %) a month less than all-dedicated, $2,000 (49 %) a month less than tokens-api (which breaks a constraint).",
        ],
        "bound": "No plan that you allow can cost less than $1,980 a month, not even a schedule that knew all of the future; this one is 6.1 % above that.",
        "outOfSample": "Fitted on 7 days, judged on 7 held-out days: this plan $2,150, +7.5 % against hourly counts chosen by someone who knew the week ($2,000); the best fixed count $2,300.",
        "title": "Hybrid, elastic: 3 dedicated, up to 2 by the hour, serverless above",
        "verdict": "Cheapest in 93 % of resampled weeks.",
      }
    `)
  })

  it('says that the plan costs more where it does', () => {
    const { answer } = summarize(exampleResult({ savings: { currentMonthlyUsd: 1000, monthlyUsd: -1100, yearlyUsd: -13_200, source: 'bill' } }))
    expect(answer[1]).toBe('Against the current bill of $1,000 a month it costs more, by $1,100 a month, $13,200 in 12 months.')
  })

  it('never calls an unknown cost a number', () => {
    const { answer } = summarize(exampleResult({ scenarios: [exampleScenario('hybrid', null), exampleScenario('all-serverless', 5)], recommended: 'hybrid', sensitivity: [], expected: {}, savings: null }))
    expect(answer).toEqual(['unknown a month.'])
  })

  it('names what is cheaper and why it is not the plan, cheapest first, two at most', () => {
    const { cheaperBut } = summarize(exampleResult({ scenarios: [...exampleResult().scenarios, exampleScenario('fitted', 1000), exampleScenario('spot', 900, { why: ['Not allowed.'], considered: false })] }))
    expect(cheaperBut).toEqual(['spot ($900): Not allowed.', 'fitted ($1,000): cheaper on this trace, not on days that it was not fitted to'])
  })

  it('says so where nothing was measured or held out', () => {
    const { traffic, outOfSample } = summarize(
      exampleResult({
        traffic: { ...exampleResult().traffic, measured: false, source: 'described' },
        outOfSample: { method: 'not judged: the traffic is described, not measured', available: false, trainDays: 0, testDays: 0, bestFixedUsd: null, clairvoyantHourlyUsd: null, scenarios: {} },
      }),
    )
    expect(traffic).toBe('described: described, not measured; floor 0.5, mean 3.86, peak 8 replicas; 10.1M requests a month.')
    expect(outOfSample).toBe('Not judged: the traffic is described, not measured.')
  })

  it('gives the verdict without the title that stands above it, and whole where it starts otherwise', () => {
    expect(summarize(exampleResult()).verdict).toBe('Cheapest in 93 % of resampled weeks.')
    expect(summarize(exampleResult({ verdictText: 'Inconclusive: 3 days of traffic, 14 are needed.' })).verdict).toBe('Inconclusive: 3 days of traffic, 14 are needed.')
  })

  it.each(HOSTILE.map((text) => [text]))('is lines of visible text: %j', (text) => {
    const { comparison, ...words } = summarize(hostileResult(text))
    const lines = [...Object.values(words).flat(), ...comparison.rows.flatMap(({ cells }) => cells)]
    expect(lines.filter((line) => /[\u0000-\u001F\u007F-\u009F\u2028\u202E]/u.test(line))).toEqual([])
  })
})
