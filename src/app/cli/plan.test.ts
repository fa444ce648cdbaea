import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { PlanResult } from '../../decide/plan-result.ts'
import { run } from './testing.ts'

const folder = mkdtempSync(join(tmpdir(), 'spillway-plan-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const rates = (values: readonly number[], name = 'rates.csv'): string => file(name, `t_s,rate\n${values.map((rate, t) => `${t * 600},${rate}`).join('\n')}\n`)
const requests = (rows: string): string => `TIMESTAMP,ContextTokens,GeneratedTokens\n${rows}`
const MID = 'examples/servegen-m-mid.csv'
const MEASURED = ['--replica-rps', '150', '--dedicated', '2.17', '--serverless', '0.00104']
const planned = async (...argv: string[]): Promise<PlanResult> => {
  const { exit, stdout, stderr } = await run(['plan', ...argv, '--json'])
  expect([exit, stderr]).toEqual([0, ''])
  return JSON.parse(stdout) as PlanResult
}

const width = ({ expected, recommended }: PlanResult): number => expected[recommended]!.p90Usd / expected[recommended]!.p10Usd
const ttft = ({ assumptions }: PlanResult): unknown => assumptions.find(({ name }) => name === 'time to the first token there')?.value
const serverlessUsd = ({ scenarios }: PlanResult): number => scenarios.find(({ id }) => id === 'all-serverless')!.monthlyUsd!

describe('spillway plan --json', () => {
  it('keeps the contract', async () => {
    const result = await planned('--traffic', MID, ...MEASURED)
    expect(result).toMatchObject({ recommended: expect.any(String), lowerBoundMonthlyUsd: expect.any(Number), optimalityGap: expect.any(Number), verdict: expect.any(String), outOfSample: { available: true } })
    expect(result.scenarios.map(({ id }) => id)).toEqual(expect.arrayContaining(['all-dedicated', 'all-serverless', 'hybrid', 'hybrid-elastic', 'hybrid-hour-of-day', 'floor-plus-10']))
    expect(result.marginal[0]).toMatchObject({ level: 1, meanFill: expect.any(Number), breakEven: expect.any(Number), choice: 'dedicated' })
    for (const { name, source, asOf } of result.assumptions) expect([name, source.length > 0, /^\d{4}-\d\d-\d\d$/u.test(asOf)]).toEqual([name, true, true])
    expect(Object.values(result.probabilityCheapest).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
    for (const { id, monthlyUsd, breakdown } of result.scenarios) expect([id, Object.values(breakdown).reduce((sum, part) => sum + part, 0)]).toEqual([id, expect.closeTo(monthlyUsd!, 4)])
  })

  it('with --linear-overflow every scenario is the closed form over the file, recomputed here', async () => {
    const trace = readFileSync(MID, 'utf8').trim().split('\n').slice(1).map((line) => Number(line.split(',')[1]))
    const replicas = trace.map((rate) => rate / 150)
    const cost = (count: number): number => 730 * (2.17 * count + (0.00104 * 3600 * replicas.reduce((sum, d) => sum + Math.max(0, d - count), 0)) / replicas.length)
    const counts = Array.from({ length: Math.ceil(Math.max(...replicas)) + 1 }, (_, count) => cost(count))
    const { scenarios } = await planned('--traffic', MID, ...MEASURED, '--linear-overflow')
    const usd = (id: string): number => scenarios.find((scenario) => scenario.id === id)!.monthlyUsd!
    expect(usd('hybrid')).toBeCloseTo(Math.min(...counts), 6)
    expect(usd('all-serverless')).toBeCloseTo(cost(0), 6)
    expect(usd('all-dedicated')).toBeCloseTo(2.17 * 730 * (counts.length - 1), 6)
    // Floor: the lowest rate outside possible gaps; the file has none below its real minimum of busy bins.
    expect(usd('floor-plus-10')).toBeGreaterThanOrEqual(usd('hybrid'))
  })

  it('a plan is a function of its input and seed', async () => {
    const [a, b, other] = [await planned('--traffic', MID, ...MEASURED), await planned('--traffic', MID, ...MEASURED), await planned('--traffic', MID, ...MEASURED, '--seed', '2')]
    expect(a).toEqual(b)
    expect(other.expected).not.toEqual(a.expected)
  })

  it('a month scales with the traffic: twice as much of everything with bare prices', async () => {
    const once = await planned('--traffic', MID, '--scale', '10', ...MEASURED, '--linear-overflow')
    const twice = await planned('--traffic', MID, '--scale', '20', ...MEASURED, '--linear-overflow')
    expect(serverlessUsd(twice) / serverlessUsd(once)).toBeCloseTo(2, 9)
  })

  it('plans on real prices for a model, and names the GPUs that cannot carry it', async () => {
    const result = await planned('--traffic', MID, '--scale', '0.02', '--model', 'llama-3.1-70b', '--gpu', 'h100-80gb,t4')
    expect(result.warnings.some((warning) => warning.startsWith('t4-16gb is left out:'))).toBe(true)
    expect(result.assumptions.map(({ name }) => name)).toEqual(expect.arrayContaining(['tokens per request', 'latency target', 'requests in a replica at once']))
    expect(result.scenarios.find(({ id }) => id === 'tokens-api')).toMatchObject({ family: 'tokens', utilization: null })
    const own = await planned('--traffic', MID, '--scale', '0.02', '--model', 'llama-3.1-70b', '--gpu', 'h100-80gb', '--own-weights')
    expect(own.scenarios.every(({ family }) => family !== 'tokens')).toBe(true)
  })

  it('says first what nobody measured, and claims nothing on assumed tokens', async () => {
    const assumed = await planned('--traffic', MID, '--scale', '0.02', '--model', 'llama-3.1-70b', '--gpu', 'h100-80gb', '--own-weights')
    expect(assumed.verdict).toBe('inconclusive')
    expect(assumed.warnings.slice(0, 2)).toEqual([expect.stringMatching(/^The speed of \d x h100-80gb is an estimate/u), expect.stringMatching(/^The traffic has no token counts: 1,155 in and 211 out/u)])
    expect(assumed.whatToMeasureNext.slice(0, 2)).toEqual([expect.stringContaining('--replica-rps'), expect.stringContaining('--input-tokens')])
    const given = await planned('--traffic', MID, '--scale', '0.02', '--model', 'llama-3.1-70b', '--gpu', 'h100-80gb', '--own-weights', '--precision', 'fp8', '--input-tokens', '1000', '--output-tokens', '200')
    expect([given.verdict, given.warnings.filter((warning) => /estimate|token counts/u.test(warning))]).toEqual([given.recommended, []])
    // A rough speed widens what other days may cost.
    expect(width(assumed)).toBeGreaterThan(width(given))
  })

  it('names what to buy: offer, GPU, price and its date', async () => {
    const { scenarios, recommended } = await planned('--traffic', MID, '--scale', '0.02', '--model', 'llama-3.1-70b', '--gpu', 'h100-80gb', '--own-weights', '--precision', 'fp8')
    const { runsOn, offers } = scenarios.find(({ id }) => id === recommended)!
    expect(runsOn[0]).toMatchObject({ gpu: 'h100-80gb', gpusPerReplica: 2, per: 'hour', usd: expect.any(Number), asOf: expect.stringMatching(/^\d{4}-/u) })
    expect(offers).toEqual([...new Set(runsOn.map(({ offer }) => offer))])
    expect((await run(['plan', '--traffic', MID, ...MEASURED])).stdout).toContain('Runs on   always and by the hour own-dedicated at $2.17 a replica-hour')
  })

  it('--real-time sizes replicas for a first token within 100 ms, without serverless', async () => {
    const args = ['--traffic', MID, '--scale', '0.02', '--model', 'llama-3.1-8b', '--gpu', 'h100-80gb', '--own-weights', '--input-tokens', '500', '--output-tokens', '100']
    const usual = await planned(...args)
    const fast = await planned(...args, '--real-time')
    expect(ttft(usual)).toBeGreaterThan(100)
    expect(ttft(fast)).toBeLessThanOrEqual(100)
    expect(fast.traffic.peak).toBeGreaterThan(usual.traffic.peak)
    expect(fast.scenarios.filter(({ replicas }) => replicas.serverlessMax > 0)).toEqual([])
    expect((await planned('--traffic', MID, ...MEASURED, '--real-time')).warnings[0]).toContain('not checked')
  })

  it('compares a measured replica with an API where the tokens are given', async () => {
    const { scenarios } = await planned('--traffic', MID, ...MEASURED, '--api', 'openai/gpt-4o-mini', '--input-tokens', '1000', '--output-tokens', '100')
    const requests = (await planned('--traffic', MID, ...MEASURED)).traffic.requestsPerMonth
    expect(scenarios.find(({ id }) => id === 'tokens-api')!.monthlyUsd! / requests).toBeCloseTo(1000 * 0.15e-6 + 100 * 0.6e-6, 9)
  })

  it('prices egress of own replicas, and a queueing cap that cannot keep up is no plan', async () => {
    const priced = await planned('--traffic', MID, ...MEASURED, '--egress-mb', '2', '--egress-per-gb', '0.09')
    for (const { id, breakdown } of priced.scenarios) expect([id, breakdown.egress]).toEqual([id, expect.closeTo(priced.traffic.requestsPerMonth * 0.002 * 0.09, 3)])
    const capped = await planned('--traffic', MID, ...MEASURED, '--serverless-cap', '1')
    expect(capped.scenarios.find(({ id }) => id === 'all-serverless')).toMatchObject({ feasible: false, why: [expect.stringContaining('the queue only grows')] })
    expect(capped.scenarios.find(({ id }) => id === 'hybrid')!.feasible).toBe(true)
  })

  it('described traffic may have the daily schedule that fits it', async () => {
    const { recommended, scenarios } = await planned('--requests-per-day', '1e5', '--pattern', '8-20 daily', '--replica-rps', '1', '--dedicated', '2', '--serverless', '0.001')
    expect(recommended).toBe('hybrid-hour-of-day')
    expect(Math.min(...scenarios.flatMap(({ considered, monthlyUsd }) => (considered ? [monthlyUsd!] : [])))).toBe(scenarios.find(({ id }) => id === recommended)!.monthlyUsd)
  })

  it('described traffic is never more than inconclusive', async () => {
    const result = await planned('--requests-per-day', '50000', '--pattern', '10-18 weekdays', ...MEASURED.slice(2), '--replica-rps', '1')
    expect([result.verdict, result.traffic.measured, result.probabilityCheapest]).toEqual(['inconclusive', false, {}])
  })

  it('puts the often quoted example of 50,000 requests a day under one convention: serverless wins', async () => {
    const { scenarios, marginal } = await planned('--requests-per-day', '50000', '--pattern', '10-18 weekdays', '--replica-rps', String(50_000 / 8 / 3600 / 3), '--dedicated', '2.17', '--serverless', '0.00104', '--linear-overflow')
    const usd = (id: string): number => scenarios.find((scenario) => scenario.id === id)!.monthlyUsd!
    expect([usd('all-dedicated'), usd('all-serverless'), usd('hybrid')]).toEqual([expect.closeTo(4752.3, 6), expect.closeTo(1952.23, 2), expect.closeTo(1952.23, 2)])
    // The quoted hybrid owns one replica: its rent, and two thirds of the serverless bill.
    expect(marginal[0]!.dedicatedUsd! + marginal[1]!.serverlessUsd! + marginal[2]!.serverlessUsd!).toBeCloseTo(2885.59, 2)
    expect(marginal[0]).toMatchObject({ meanFill: expect.closeTo(0.2381, 4), breakEven: expect.closeTo(0.5796, 4), choice: 'serverless' })
  })

  it('counts operations, egress and the current bill in absolute dollars', async () => {
    const result = await planned('--traffic', MID, ...MEASURED, '--ops-monthly', '1000', '--egress-mb', '2', '--current', '$50,000')
    const find = (id: string): PlanResult['scenarios'][number] => result.scenarios.find((scenario) => scenario.id === id)!
    expect([find('all-dedicated').breakdown.ops, find('all-serverless').breakdown.ops]).toEqual([1000, 0])
    expect(result.savings).toMatchObject({ currentMonthlyUsd: 50_000, monthlyUsd: expect.closeTo(50_000 - find(result.recommended).monthlyUsd!, 6) })
  })

  it('is never wrong about its own bound, whatever the traffic and the prices', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.double({ min: 0, max: 9, noNaN: true }), { minLength: 3, maxLength: 40 }).filter((values) => values.some((value) => value > 0.01)), fc.double({ min: 0.05, max: 3, noNaN: true }), async (values, ratio) => {
        const result = await planned('--traffic', rates(values, 'property.csv'), '--replica-rps', '1', '--dedicated', String(3.6 * ratio), '--serverless', '0.001', '--resamples', '10')
        for (const { id, monthlyUsd } of result.scenarios) expect([id, monthlyUsd! >= result.lowerBoundMonthlyUsd * (1 - 1e-9)]).toEqual([id, true])
        expect(result.optimalityGap).toBeGreaterThanOrEqual(-1e-9)
        expect(result.verdict).toBe('inconclusive')
      }),
      { numRuns: 25 },
    )
  })
})

describe('spillway plan for a person', () => {
  it('fits 100 columns and says the answer first', async () => {
    const { exit, stdout } = await run(['plan', '--traffic', MID, ...MEASURED])
    expect(exit).toBe(0)
    expect(Math.max(...stdout.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(100)
    expect(stdout.split('\n')[0]).toMatch(/^Plan /u)
  })

  it('writes CSV, Markdown and PDF where it is told to', async () => {
    const paths = ['plan.csv', 'plan.md', 'plan.pdf'].map((name) => join(folder, name))
    const { exit, stdout } = await run(['plan', '--traffic', MID, ...MEASURED, '--csv', paths[0]!, '--markdown', paths[1]!, '--pdf', paths[2]!])
    expect(exit).toBe(0)
    for (const path of paths) expect(stdout).toContain(`Written: ${path}`)
    expect(readFileSync(paths[0]!, 'utf8')).toContain('hybrid-elastic')
    expect(readFileSync(paths[2]!).subarray(0, 5).toString()).toBe('%PDF-')
  })

  it('asks for what is missing, with defaults', async () => {
    const { exit, stderr, stdout } = await run(['plan', '--gpu', 'h100-80gb', '--json'], { answers: ['50,000', 'llama-3.1-70b', '10-18 weekdays', '', '300'] })
    expect(exit).toBe(0)
    expect(stderr).toContain('Prompt tokens of a request, mean [1155]?')
    const result = JSON.parse(stdout) as PlanResult
    expect(result.traffic.source).toBe('described: 50,000 requests a day, 10-18 weekdays')
    expect(result.assumptions.find(({ name }) => name === 'tokens per request')?.value).toBe('1155 in (0 cached), 300 out')
  })

  it('without a terminal it names the option instead', async () => {
    expect(await run(['plan'])).toMatchObject({ exit: 2, stdout: '', stderr: expect.stringMatching(/^error CLI_NEEDS_ANSWER: no traffic is given\. Add --traffic FILE or --requests-per-day N\n$/u) })
    expect((await run(['plan', '--traffic', MID])).stderr).toMatch(/^error CLI_NEEDS_ANSWER: .*--model MODEL/u)
  })

  it('a wrong answer is an error, not another question', async () => {
    expect(await run(['plan'], { answers: ['50000', 'llama-3.1-70b', '', '-3'] })).toMatchObject({ exit: 2, stderr: expect.stringContaining('error NUMBER_INVALID') })
  })
})

describe('spillway plan on bad input', () => {
  const bad: readonly (readonly [string, string, string | Uint8Array, RegExp])[] = [
    ['an empty file', 'empty.csv', '', /^error TRAFFIC_EMPTY: .*empty\.csv/u],
    ['a header alone', 'header.csv', 't_s,rate\n', /^error TRAFFIC_EMPTY/u],
    ['one bin', 'one.csv', 't_s,rate\n0,1\n', /^error TRAFFIC_ONE_BIN/u],
    ['no requests at all', 'zero.csv', 't_s,rate\n0,0\n600,0\n1200,0\n', /^error TRAFFIC_EMPTY/u],
    ['rates out of order', 'unsorted.csv', 't_s,rate\n0,1\n1200,2\n600,3\n', /^error TRAFFIC_ROW_INVALID: .*, row 4, column t_s/u],
    ['a time twice', 'twice.csv', 't_s,rate\n0,1\n600,2\n600,3\n', /^error TRAFFIC_ROW_INVALID: .*, row 4, column t_s/u],
    ['a NaN rate', 'nan.csv', 't_s,rate\n0,1\n600,NaN\n', /^error TRAFFIC_ROW_INVALID: .*, row 3, column rate/u],
    ['negative tokens', 'negative.csv', requests('2023-11-16 18:15:46.6,-5,10\n'), /^error TRAFFIC_ROW_INVALID: .*, row 2, column ContextTokens/u],
    ['absurd tokens', 'absurd.csv', requests('2023-11-16 18:15:46.6,5e15,10\n'), /^error TRAFFIC_ROW_INVALID: .*absurd/u],
    ['mixed clocks', 'mixed.jsonl', '{"t":1,"input":5,"output":3}\n{"t":"2026-01-01T00:00:00Z","input":5,"output":3}\n', /^error TRAFFIC_ROW_INVALID: .*, row 2, column t/u],
    ['bytes that are no UTF-8', 'latin.csv', Buffer.from('t_s,rate\n0,1\n600,\u00ff\n', 'latin1'), /^error TRAFFIC_ENCODING: .*, row 3/u],
    ['a cut gzip', 'cut.csv.gz', gzipSync(readFileSync(MID)).subarray(0, 3000), /^error TRAFFIC_GZIP_BROKEN/u],
  ]
  it.each(bad)('%s: one coded line that names the place', async (_, name, content, line) => {
    const path = file(name, content)
    const { exit, stdout, stderr } = await run(['plan', '--traffic', path, ...MEASURED])
    expect([exit, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(line)
    expect(stderr).toContain(path)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })

  it('a line of 2 GB is refused after its beginning', async () => {
    const path = join(folder, 'long.csv')
    const handle = openSync(path, 'w')
    writeSync(handle, `t_s,rate\n0,${'1'.repeat(3_000_000)}`)
    closeSync(handle)
    truncateSync(path, 2 * 1024 ** 3)
    expect(await run(['plan', '--traffic', path, ...MEASURED])).toMatchObject({ exit: 2, stdout: '', stderr: expect.stringMatching(/^error TRAFFIC_LINE_TOO_LONG: .*row 2/u) })
  })

  it('a folder, and a file that is not there', async () => {
    expect((await run(['plan', '--traffic', folder, ...MEASURED])).stderr).toMatch(/^error FILE_IS_DIRECTORY/u)
    expect((await run(['plan', '--traffic', join(folder, 'none'), ...MEASURED])).stderr).toMatch(/^error FILE_NOT_FOUND/u)
  })

  it('bad rows can be skipped, and are counted', async () => {
    const path = file('some.csv', requests(`2023-11-16 18:15:00.0,100,10\nrubbish,1,1\n2023-11-16 18:15:30.0,100,10\n2023-11-16 18:45:00.0,100,10\n`))
    const { warnings } = await planned('--traffic', path, '--skip-bad-rows', ...MEASURED)
    expect(warnings.some((warning) => warning.startsWith('1 bad rows of the traffic were skipped; the first: row 3'))).toBe(true)
  })

  it.each([
    [['--dedicated', 'NaN'], /^error CLI_USAGE: option '--dedicated <usd>' argument 'NaN'/u],
    [['--dedicated', '2', '--serverless', '0'], /^error CLI_USAGE: option '--serverless <usd>' argument '0'/u],
    [['--replica-rps', '1', '--linear-overflow', '--idle-overhead-k', '2'], /^error CLI_USAGE: --linear-overflow and --idle-overhead-k/u],
    [['--replica-rps', '1', '--precision', 'fp8'], /^error CLI_USAGE: --replica-rps and --precision/u],
    [['--replica-rps', '1', '--dedicated', '1', '--api', 'openai/gpt-4o-mini'], /^error CLI_USAGE: an API by the token cannot be priced/u],
    [['--replica-rps', '1', '--growth-sd', '15'], /^error CLI_USAGE: .*from 0 to 2/u],
    [['--replica-rps', '1', '--dedicated', '1', '--current', '7.800,50'], /^error MONEY_INVALID/u],
    [['--idle-overhead-k', '0.5'], /^error CLI_USAGE: .*at least 1/u],
    [['--requests-per-day', '5', '--replica-rps', '1'], /^error CLI_USAGE: --traffic and --requests-per-day/u],
    [['--pattern', 'weekdays', '--replica-rps', '1'], /^error CLI_USAGE: --pattern/u],
    [['--replica-rps', '1'], /^error PLAN_PRICE_MISSING/u],
    [['--replica-rps', '1', '--gpu', 'h100,l4'], /^error CLI_USAGE: --replica-rps was measured on one kind/u],
    [['--model', 'nope'], /^error CATALOG_UNKNOWN_ID: the catalog has no model/u],
    [['--model', 'llama-3.1-70b', '--gpu', 'zz'], /^error CATALOG_UNKNOWN_ID: the catalog has no GPU/u],
    [['--model', 'deepseek-r1', '--gpu', 't4'], /^error PERF_DOES_NOT_FIT/u],
    [['--model', 'llama-2-70b', '--gpu', 'a100-80gb', '--gpus-per-replica', '1'], /^error PERF_DOES_NOT_FIT: .*138 GB/u],
    [['--model', 'llama-3.1-70b', '--gpu', 'h100', '--gpus-per-replica', '3'], /^error PERF_DOES_NOT_FIT: .*does not divide the 64 attention heads/u],
    [['--model', 'llama-3.1-70b', '--gpu', 'h100', '--slo-tpot', '1ms'], /^error PERF_SLO_INFEASIBLE/u],
    [['--gpu-seconds', '--gpu', 'l40s'], /^error CLI_USAGE: the traffic has no gpu_seconds column/u],
    [['--replica-rps', '1', '--cold-start', '9s,3s,1s'], /^error CLI_USAGE: .*that rise/u],
    [['--replica-rps', '1', '--serverless-rules', 'take=any'], /^error CLI_USAGE: .*is no rule/u],
    [['--replica-rps', '1', '--dedicated', '1', '--tz', 'Mars/Olympus'], /^error TIME_ZONE_UNKNOWN/u],
    [['--replica-rps', '1', '--dedicated', '1', '--offers', 'none.json'], /^error FILE_NOT_FOUND/u],
    [['--replica-rps', '1', '--dedicated', '1', '--current', '-'], /^error FILE_NOT_FOUND/u],
    [['--replica-rps', '1e-4', '--dedicated', '1', '--serverless', '1'], /^error PLAN_TOO_LARGE/u],
  ])('refuses %j in one line, also as JSON', async (args, line) => {
    const { exit, stderr, stdout } = await run(['plan', '--traffic', MID, ...args, '--json'])
    expect(exit).toBe(2)
    expect(stderr).toMatch(line)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: /^error (\w+)/u.exec(stderr)![1] } })
  })

  it('an output that cannot be written is named', async () => {
    expect((await run(['plan', '--traffic', MID, ...MEASURED, '--csv', join(folder, 'no', 'where.csv')])).stderr).toMatch(/^error FILE_NOT_WRITABLE: .*where\.csv/u)
  })
})
