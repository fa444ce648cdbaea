import { cpus, totalmem } from 'node:os'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { CHROMIUM, hasChromium, launchChromium, watchedPage } from '../../web/e2e/browser.ts'
import { signUpOwner } from '../../web/e2e/people.ts'
import { startDashboard, stopAll, type Dashboard } from '../../web/e2e/testing.ts'

/**
 * The dashboard in a real browser, over a whole server with two days of seeded calls: what each page fetches and how soon it is there,
 * how quick the calculator is under a moving slider, and how a list of 100,000 calls scrolls beside an empty page.
 * Run: npm run bench:web (after npm run build)
 */
const RUNS = 3
const STEPS = 60
const LIST_ROWS = 100_000
const SCROLL_MS = 3000
const PAGES = [
  ['calculator', '/calculator'],
  ['overview', '/'],
  ['traffic', '/traffic'],
  ['routing', '/routing'],
  ['calls', '/calls'],
  ['costs', '/costs'],
  ['leaks', '/leaks'],
  ['audit', '/audit'],
  ['settings', '/settings'],
] as const

const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b)
const quantile = (values: readonly number[], share: number): number => sorted(values)[Math.min(values.length - 1, Math.floor(share * values.length))] ?? Number.NaN
const spread = (values: readonly number[], digits = 0): string => `${quantile(values, 0.5).toFixed(digits)} (${Math.min(...values).toFixed(digits)}-${Math.max(...values).toFixed(digits)})`

if (!hasChromium) throw new Error(`there is no ${CHROMIUM}: node scripts/install-chromium.mjs`)
const [browser, dashboard] = await Promise.all([launchChromium(), startDashboard()])
try {
  console.log(`${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}, Chromium ${browser.version()}, headless; ${RUNS} runs each, median (range)\n`)
  const { context } = await signUpOwner(browser, dashboard)
  const state = await context.storageState()
  console.log('| page | JavaScript, kB gzipped | first paint ms | largest paint ms | blocked ms | layout shift |\n|---|---:|---:|---:|---:|---:|')
  for (const [name, path] of PAGES) console.log(await loadRow(browser, dashboard, state, name, path))
  console.log()
  await slide(browser, dashboard)
  await scroll(browser, dashboard, state)
} finally {
  await browser.close()
  await stopAll()
}

type State = Awaited<ReturnType<Awaited<ReturnType<typeof signUpOwner>>['context']['storageState']>>

/** A page as somebody gets it who has never been here: nothing is in a cache. */
async function loadRow(from: Browser, { url }: Dashboard, storageState: State, name: string, path: string): Promise<string> {
  const figures: { readonly js: number; readonly fcp: number; readonly lcp: number; readonly blocked: number; readonly shift: number }[] = []
  for (let run = 0; run < RUNS; run++) {
    const context = await from.newContext({ storageState, viewport: { width: 1280, height: 900 } })
    const page = await context.newPage()
    let js = 0
    const bodies: Promise<void>[] = []
    page.on('response', (response) => {
      if (!new URL(response.url()).pathname.endsWith('.js')) return
      bodies.push(response.body().then((body) => void (js += gzipSync(body, { level: 9 }).length)))
    })
    await page.addInitScript(observe)
    await page.goto(url + path)
    await page.waitForTimeout(3000)
    await Promise.all(bodies)
    figures.push({ js: js / 1000, ...(await page.evaluate(() => (globalThis as unknown as { seen: { fcp: number; lcp: number; blocked: number; shift: number } }).seen)) })
    await context.close()
  }
  const of = (figure: keyof (typeof figures)[number]): number[] => figures.map((one) => one[figure])
  return `| ${name} | ${quantile(of('js'), 0.5).toFixed(1)} | ${spread(of('fcp'))} | ${spread(of('lcp'))} | ${spread(of('blocked'))} | ${quantile(of('shift'), 0.5).toFixed(3)} |`
}

/** Runs in the page, before anything of it. Blocked: what tasks took beyond 50 ms, as Lighthouse counts. */
function observe(): void {
  const seen = { fcp: 0, lcp: 0, blocked: 0, shift: 0 }
  Object.assign(globalThis, { seen })
  // oxlint-disable-next-line unicorn/consistent-function-scoping -- all of this function is sent to the page
  const watch = (type: string, take: (entry: PerformanceEntry) => void): void => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true })
  watch('paint', (entry) => {
    if (entry.name === 'first-contentful-paint') seen.fcp = entry.startTime
  })
  watch('largest-contentful-paint', (entry) => {
    seen.lcp = entry.startTime
  })
  watch('longtask', (entry) => {
    seen.blocked += Math.max(0, entry.duration - 50)
  })
  watch('layout-shift', (entry) => {
    const { value, hadRecentInput } = entry as PerformanceEntry & { readonly value: number; readonly hadRecentInput: boolean }
    if (!hadRecentInput) seen.shift += value
  })
}

/** From a key that moves the slider to the next paint, by the browser's own event timing. */
async function slide(from: Browser, { url }: Dashboard): Promise<void> {
  const { page, context } = await watchedPage(from)
  await page.addInitScript(() => {
    const delays: number[] = []
    Object.assign(globalThis, { delays })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (entry.name === 'keydown') delays.push(entry.duration)
    }).observe({ type: 'event', durationThreshold: 16, buffered: true } as PerformanceObserverInit)
  })
  await page.goto(`${url}/calculator`)
  await page.getByRole('status').getByText('done').waitFor()
  await page.locator('input[type=range]').first().focus()
  for (let step = 0; step < STEPS; step++) {
    await page.keyboard.press('ArrowRight')
    await page.waitForTimeout(50)
  }
  await page.waitForTimeout(500)
  const delays = await page.evaluate(() => (globalThis as unknown as { delays: number[] }).delays)
  // Faster ones than 16 ms are not reported by the browser: they count as that.
  const all = [...delays, ...Array.from({ length: Math.max(0, STEPS - delays.length) }, () => 16)]
  console.log(`slider, 14 days in 2,016 bins, ${STEPS} steps, 20 a second: key to next paint p50 ${quantile(all, 0.5).toFixed(0)} ms, p95 ${quantile(all, 0.95).toFixed(0)} ms, longest ${Math.max(...all).toFixed(0)} ms (target: under 100)`)
  await context.close()
}

/** Frames while the wheel turns, over a list of generated calls and over an empty page of the same height: what this machine can do at all. */
async function scroll(from: Browser, { url }: Dashboard, storageState: State): Promise<void> {
  const context = await from.newContext({ storageState, viewport: { width: 1280, height: 900 } })
  const page = await context.newPage()
  const template = ((await (await context.request.get(`${url}/api/v1/calls?from=7d&limit=1`)).json()) as { readonly calls: readonly object[] }).calls[0]!
  await page.route('**/api/v1/calls?*', async (route) => {
    const first = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0)
    const limit = 20_000
    const calls = Array.from({ length: Math.min(limit, LIST_ROWS - first) }, (_, index) => ({ ...template, id: `row-${first + index}` }))
    await route.fulfill({ json: { asOf: null, behindBytes: 0, calls, next: first + limit >= LIST_ROWS ? null : String(first + limit) } })
  })
  await page.goto(`${url}/calls`)
  const list = page.getByRole('rowgroup', { name: 'Arrows move, Enter opens' })
  for (let pages = 0; pages < 8 && !((await page.getByRole('status').last().textContent()) ?? '').includes('no more'); pages++) {
    await list.focus()
    await page.keyboard.press('End')
    await page.waitForTimeout(1500)
  }
  const told = await page.getByRole('status').last().textContent()
  const rows = await frames(page, list)
  await page.setContent('<div id="empty" style="height:600px;overflow:auto"><div style="height:3400000px"></div></div>')
  const empty = await frames(page, page.locator('#empty'))
  console.log(`list (${told?.trim()}), wheel for ${SCROLL_MS / 1000} s: ${words(rows)}\nan empty page, the same: ${words(empty)}`)
  await context.close()
}

const words = (times: readonly number[]): string => `${(1000 / quantile(times, 0.5)).toFixed(0)} frames a second in the median, p95 of a frame ${quantile(times, 0.95).toFixed(1)} ms, ${((100 * times.filter((time) => time > 17.5).length) / times.length).toFixed(0)} % longer than 17.5 ms`

async function frames(page: Page, target: { boundingBox: () => Promise<{ x: number; y: number; width: number; height: number } | null> }): Promise<number[]> {
  const box = await target.boundingBox()
  if (box === null) throw new Error('there is nothing to scroll')
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  await page.evaluate(() => {
    const times: number[] = []
    Object.assign(globalThis, { times, counting: true })
    let last = performance.now()
    const next = (now: number): void => {
      times.push(now - last)
      last = now
      if ((globalThis as unknown as { counting: boolean }).counting) requestAnimationFrame(next)
    }
    requestAnimationFrame(next)
  })
  const until = Date.now() + SCROLL_MS
  while (Date.now() < until) {
    await page.mouse.wheel(0, -400)
    await page.waitForTimeout(16)
  }
  return page.evaluate(() => {
    Object.assign(globalThis, { counting: false })
    return (globalThis as unknown as { times: number[] }).times.slice(2)
  })
}
