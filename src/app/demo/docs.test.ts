import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '../root.ts'
import { compareOptions, demoWorld } from './compare/compare.ts'
import { HYBRID, startOption } from './compare/option.ts'
import { comparisonText } from './compare/report.ts'
import { demoBills, usdPerHour } from './demo-costs.ts'
import { createSplitHistory } from './split-history.ts'
import { createTally } from './tally.ts'
import { DEMO_SECONDS, demoTraffic } from './traffic.ts'
import { viewLines } from './view.ts'
import { createWhatIf } from './what-if.ts'

const PAGE = join(packageRoot(), 'docs/gateway.md')

/** The block after `<!-- name -->`. With UPDATE_DOCS=1 it is written first. */
function block(name: string, now: readonly string[]): string {
  const text = readFileSync(PAGE, 'utf8')
  const [whole, head, old] = new RegExp(`(<!-- ${name} -->\\n\`\`\`\\n)([\\s\\S]*?)\\n\`\`\``, 'u').exec(text)!
  if (process.env['UPDATE_DOCS'] !== '1') return old!
  writeFileSync(PAGE, text.replace(whole, `${head!}${now.join('\n')}\n\`\`\``))
  return now.join('\n')
}

/** The live page as it stands after so many seconds of the trace, from the simulated gateway in place of the one behind sockets. */
async function pageAt(seconds: number): Promise<string[]> {
  const world = await demoWorld(1)
  const tally = createTally(100_000, 1)
  const split = createSplitHistory(30_000, 90)
  const whatIf = createWhatIf(world)
  const { gateway, pools } = startOption(HYBRID, world, ({ arrivedAt, firstTokenAt, endedAt, output, pool, reason, outcome }) => {
    tally.add({ arrivedAt: arrivedAt * 1000, totalMs: (endedAt - arrivedAt) * 1000, ttftMs: (firstTokenAt - arrivedAt) * 1000, tpotMs: output < 2 ? null : ((endedAt - firstTokenAt) * 1000) / (output - 1), pool, reason, outcome: outcome === 'ok' ? 'ok' : 'refused' })
    split.add(endedAt * 1000, pool === 'floor' ? 'dedicated' : 'serverless')
  })
  const traffic = demoTraffic(seconds, 1)
  for (const call of traffic) {
    gateway.arrive(call)
    whatIf.arrive(call)
  }
  gateway.runUntil(seconds)
  const { dedicated, serverless } = demoBills(pools, (pool) => gateway.lives(pool))
  return viewLines({
    url: 'http://127.0.0.1:8787',
    speed: 10,
    load: 1,
    seconds,
    isOver: false,
    windowSeconds: 100,
    sent: traffic.length,
    tally: tally.read(seconds * 1000),
    snapshot: gateway.snapshot(),
    bills: { dedicated: usdPerHour(dedicated, seconds), serverless: usdPerHour(serverless, seconds) },
    whatIf: whatIf.read(seconds),
    split: split.read(seconds * 1000),
    columnSeconds: 30,
    color: false,
  })
}

describe('the demo in docs/gateway.md', () => {
  it('shows the live page as it is', { timeout: 120_000 }, async () => {
    const lines = await pageAt(3300)
    expect(block('live page', lines)).toBe(lines.join('\n'))
  })

  it('shows the comparison as it is, and it is an example of a mix that pays', { timeout: 300_000 }, async () => {
    const comparison = await compareOptions({ seconds: DEMO_SECONDS, load: 1, seed: 1 })
    const lines = comparisonText(comparison, false)
    expect(block('comparison', lines)).toBe(lines.join('\n'))
    const [hybrid, ...others] = comparison.options
    expect(hybrid!.outcome.withinSlo).toBeGreaterThan(0.98)
    for (const { outcome } of others) expect(outcome.bill.perHour > hybrid!.outcome.bill.perHour || outcome.withinSlo! < 0.95).toBe(true)
  })
})
