import { readFile } from 'node:fs/promises'
import type { Browser, Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { axeViolations } from './axe.ts'
import { CHROMIUM, hasChromium, launchChromium, type WatchedPage } from './browser.ts'
import { join, signUpOwner } from './people.ts'
import { HOSTILE, HOURS, untilLoaded } from './seed.ts'
import { startDashboard, stopAll, type Dashboard } from './testing.ts'

const DAY_MS = 86_400_000
/** Harmful where it is taken for markup, and apart from the other seeded features. */
const GONE = `<b onmouseover=alert(1)>drafts</b>`
const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

const texts = (cells: Locator): Promise<string[]> => cells.allTextContents()

/** Thirty long answers of a feature whose readers have gone. */
async function reportAbandoned({ url, bearer }: Dashboard): Promise<void> {
  const now = Date.now()
  const calls = Array.from({ length: 30 }, (_, index) => ({ id: `gone-${index}`, startedAt: now - DAY_MS - index * 60_000, durationMs: 8000, ttftMs: 300, provider: 'openai', model: 'gpt-4.1', usage: { inputUncached: 500, output: 2000 }, user: `user-${index}`, feature: GONE, outcome: 'client-aborted' }))
  const response = await fetch(`${url}/api/calls`, { method: 'POST', headers: { 'content-type': 'application/json', ...bearer }, body: JSON.stringify({ calls }) })
  if (!response.ok) throw new Error(`reporting calls answered ${response.status}: ${await response.text()}`)
  await untilLoaded(url, bearer)
}

describe.skipIf(!hasChromium)(`where the money and the calls go, in ${CHROMIUM}`, () => {
  let browser: Browser
  let dashboard: Dashboard
  let owner: WatchedPage
  beforeAll(async () => {
    ;[browser, dashboard] = await Promise.all([launchChromium(), startDashboard()])
    await reportAbandoned(dashboard)
    owner = await signUpOwner(browser, dashboard)
  })
  afterAll(async () => {
    await browser?.close()
    await stopAll()
  })

  const open = async (path: string): Promise<void> => void (await owner.page.goto(dashboard.url + path))
  const section = (name: string): Locator => owner.page.getByRole('region', { name, exact: true })
  const ask = async (path: string): Promise<unknown> => (await fetch(dashboard.url + path, { headers: dashboard.bearer })).json()

  it('costs: two attributions crossed, whose rows add up to what the API says', async () => {
    await open('/costs?window=7d&by=feature&and=promptVersion')
    const table = section('Crossed').getByRole('table')
    await table.waitFor()
    const { rows } = (await ask('/api/v1/costs?from=7d&by=feature&top=100')) as { readonly rows: readonly { readonly group: readonly (string | null)[]; readonly costUsd: string }[] }
    const sums = new Map(rows.map(({ group, costUsd }) => [group[0] ?? 'not said', Number(costUsd)]))
    const shown = await Promise.all((await table.locator('tbody tr').all()).map(async (row) => texts(row.locator('td'))))
    expect(shown.map(([name]) => name)).toContain(HOSTILE)
    expect(shown).toHaveLength(sums.size)
    for (const row of shown) expect(Math.abs(Number(row.at(-1)!.replaceAll(/[$,]/gu, '')) - sums.get(row[0]!)!)).toBeLessThanOrEqual(0.005)
    expect(await axeViolations(owner.page)).toEqual([])
  })

  it('costs: an amount leads to its calls, of both attributions and of the same time', async () => {
    await open('/costs?window=7d&by=feature&and=promptVersion')
    const row = section('Crossed').getByRole('row').filter({ has: owner.page.getByRole('link', { name: 'search', exact: true }) })
    // The first link names the row.
    await row.getByRole('cell').getByRole('link').nth(1).click()
    await owner.page.getByRole('heading', { name: 'Calls', level: 1 }).waitFor()
    const address = new URL(owner.page.url())
    expect([address.searchParams.get('window'), ...address.searchParams.getAll('where')]).toEqual(['7d', 'feature=search', expect.stringMatching(/^promptVersion=v[12]$/u)])
    await owner.page.getByText(/and no more/u).waitFor()
    expect(Number.parseInt(await owner.page.getByText(/and no more/u).textContent() ?? '', 10)).toBe(HOURS * 5 / 3 / 2)
  })

  it('costs: days that are chosen stand in the address, and the answer is of them', async () => {
    await open('/costs?by=feature')
    await owner.page.getByRole('combobox', { name: 'Time', exact: true }).selectOption('days …')
    const yesterday = day(Date.now() - DAY_MS)
    await owner.page.getByLabel('from', { exact: true }).fill(yesterday)
    await owner.page.getByLabel('to', { exact: true }).fill(yesterday)
    await owner.page.getByText(`metered in the day ${yesterday}`).waitFor()
    expect(new URL(owner.page.url()).searchParams.get('window')).toBe(`${yesterday}..${yesterday}`)
    const { total } = (await ask(`/api/v1/costs?from=${yesterday}&to=${day(Date.parse(yesterday) + DAY_MS)}`)) as { readonly total: readonly { readonly calls: number }[] }
    const calls = (await texts(section('Ranked').locator('tbody tr td:nth-child(5)'))).reduce((sum, text) => sum + Number(text), 0)
    expect(calls).toBe(total[0]!.calls)
    expect(await axeViolations(owner.page)).toEqual([])
  })

  it('costs: a window that is none is the usual one', async () => {
    for (const window of ['2026-02-30..2026-03-01', '<script>alert(1)</script>', 'toString', '2999-01-01..2999-01-02']) {
      await open(`/costs?window=${encodeURIComponent(window)}`)
      await expect.poll(() => owner.page.locator('h1 + p').textContent()).toContain('metered in the last 24 hours')
    }
  })

  it('costs: calls are saved as CSV, of the window that is shown', async () => {
    await open('/costs?window=7d')
    const [download] = await Promise.all([owner.page.waitForEvent('download'), owner.page.getByRole('link', { name: 'Calls as CSV' }).click()])
    const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n')
    expect(lines.length).toBeGreaterThan(HOURS * 5)
    expect(lines[0]).toMatch(/costUsd|cost/u)
  })

  it('costs: what a success costs, with how sure that is', async () => {
    await open('/costs?window=7d&by=feature&success=resolved')
    await owner.page.getByText(/A success costs \$/u).waitFor()
    expect(await texts(section('Ranked').getByRole('columnheader'))).toEqual(expect.arrayContaining(['a success', '95 %', 'successes']))
  })

  it.each(['pool', 'modelServed', 'feature', 'user', 'provider', 'outcome'])('traffic: calls by %s, as many as there were', async (by) => {
    await open('/traffic?window=7d')
    await section('Calls').getByRole('combobox').selectOption(by)
    const picture = section('Calls').getByRole('img', { name: /^Calls by .* over time$/u })
    await picture.waitFor()
    const answer = (await ask(`/api/v1/latency?from=7d&by=${by}&metric=ttft&top=12`)) as { readonly rows: readonly { readonly group: readonly (string | null)[]; readonly calls: number }[] }
    await expect.poll(() => texts(section('Calls').locator('tbody tr td:nth-child(2)'))).toEqual(answer.rows.map(({ calls }) => String(calls)))
    expect(await axeViolations(owner.page)).toEqual([])
  })

  it('traffic: each picture has its figures as a table, and is told by arrows', async () => {
    await open('/traffic?window=7d&by=feature')
    await owner.page.getByText('The shape of the week').waitFor()
    for (const [name, pictures] of [['Calls', 1], ['Tokens', 1], ['Without a whole answer', 1], ['How long, how large', 2]] as const) {
      const details = section(name).locator('details')
      await expect.poll(() => details.count()).toBe(pictures)
      for (const one of await details.all()) {
        await one.locator('summary').click()
        await one.locator('tbody tr').first().waitFor()
      }
    }
    const picture = section('Tokens').getByRole('img')
    await picture.focus()
    await owner.page.keyboard.press('ArrowLeft')
    await expect.poll(() => section('Tokens').locator('[aria-live]').textContent()).toMatch(/: \d/u)
    expect(await axeViolations(owner.page)).toEqual([])
  })

  it('traffic: what is measured can be chosen, and is in the address', async () => {
    await open('/traffic?window=7d')
    await owner.page.getByLabel('What is measured').selectOption('output')
    await owner.page.getByRole('img', { name: /^Distribution of output/u }).waitFor()
    expect(new URL(owner.page.url()).searchParams.get('metric')).toBe('output')
  })

  it('overview: says what is spent, what is idle, and draws the load twice', async () => {
    await open('/?window=7d')
    await owner.page.getByText(/^You spend \$[\d.k]+ an hour/u).waitFor()
    await owner.page.getByRole('img', { name: 'Calls by pool over time' }).waitFor()
    await owner.page.getByRole('img', { name: /^Load-duration curve/u }).waitFor()
    await owner.page.getByText(/idle \(\$/u).first().waitFor()
    await owner.page.getByText('No plan is saved').waitFor()
    expect(owner.troubles).toEqual([])
  })

  it('routing: follows what happens, stops when told to, and goes on', async () => {
    await open('/routing')
    await owner.page.getByRole('status').getByText('live', { exact: true }).waitFor()
    await section('The last hour, minute by minute').getByRole('img').waitFor()
    await owner.page.getByRole('button', { name: 'Pause' }).click()
    await owner.page.getByText('paused', { exact: true }).waitFor()
    const before = await section('Pools').first().textContent()
    await fetch(`${dashboard.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json', ...dashboard.bearer }, body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hello.' }] }) })
    expect(await section('Pools').first().textContent()).toBe(before)
    await owner.page.getByRole('button', { name: 'Go on' }).click()
    await owner.page.getByRole('status').getByText('live', { exact: true }).waitFor()
    await owner.page.getByText('an owned replica had room').first().waitFor()
    expect(owner.troubles).toEqual([])
  })

  it('routing: tells that the connection is lost', async () => {
    await owner.page.route('**/api/v1/events', (route) => route.abort())
    await open('/routing')
    await owner.page.getByText('connection lost, trying again').waitFor()
    await owner.page.unroute('**/api/v1/events')
    await owner.page.getByRole('status').getByText('live', { exact: true }).waitFor()
    expect(owner.troubles.splice(0).every((trouble) => trouble.includes('ERR_FAILED'))).toBe(true)
  })

  it('leaks: answers that nobody waited for, in dollars, with the calls behind them', async () => {
    await open('/leaks?window=7d')
    const { findings } = (await ask('/api/v1/insights?from=7d')) as { readonly findings: readonly { readonly kind: string; readonly subject: { readonly name: string }; readonly evidence: readonly string[] }[] }
    const cards = owner.page.getByRole('article')
    await cards.first().waitFor()
    expect(await cards.count()).toBe(findings.length)
    expect(findings.length).toBeGreaterThan(0)
    const card = cards.filter({ hasText: GONE })
    expect(await card.locator('header').textContent()).toMatch(/^abandoned answers: .*\$0\.4\d/u)
    await card.locator('summary').click()
    expect(await texts(card.getByRole('listitem'))).toEqual(findings.find(({ subject }) => subject.name === GONE)!.evidence)
    await card.getByRole('listitem').first().getByRole('link').click()
    await owner.page.getByRole('heading', { name: 'Call', level: 1 }).waitFor()
    expect(owner.troubles).toEqual([])
  })

  it('who may not see calls gets figures without a way to them', async () => {
    const viewer = await join(browser, owner, dashboard, 'viewer')
    await viewer.page.goto(`${dashboard.url}/costs?window=7d&by=feature&and=user`)
    const main = viewer.page.locator('main')
    await main.getByRole('table').first().waitFor()
    expect(await main.locator('a[href^="/calls"], a[href^="/api/v1/export"]').count()).toBe(0)
    expect(viewer.troubles).toEqual([])
    await viewer.context.close()
  })
})
