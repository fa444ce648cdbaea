import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { axeViolations } from './axe.ts'
import { CHROMIUM, hasChromium, launchChromium, watchedPage, type WatchedPage } from './browser.ts'
import { signUpOwner } from './people.ts'
import { callPath, HOSTILE, LOOP_TRACE } from './seed.ts'
import { startDashboard, stopAll, type Dashboard } from './testing.ts'

/** Stands for the address of one of the seeded calls. */
const A_CALL = 'a call'

/** Each page, and a text that stands on it when all of it has come. */
const PAGES: readonly (readonly [string, string, RegExp])[] = [
  ['overview', '/', /Cost per success/u],
  ['calculator', '/calculator', /Compared, under one convention/u],
  ['traffic', '/traffic?window=7d', /The shape of the week/u],
  ['routing', '/routing', /Why they went there/u],
  ['calls', '/calls?window=7d', /read so far|and no more/u],
  ['a call', A_CALL, /Who and what for/u],
  ['a trace', `/traces/${LOOP_TRACE}`, /Steps/u],
  ['costs', '/costs?window=7d&by=user', /Ranked/u],
  ['costs by two', '/costs?window=7d&by=feature&and=prompt&success=resolved', /a success/u],
  ['leaks', '/leaks', /Calls read/u],
  ['audit', '/audit', /The newest checkpoint/u],
  ['settings', '/settings', /Each with where it was read/u],
]

describe.skipIf(!hasChromium)(`every page of the dashboard in ${CHROMIUM}`, () => {
  let browser: Browser
  let dashboard: Dashboard
  let owner: WatchedPage
  beforeAll(async () => {
    ;[browser, dashboard] = await Promise.all([launchChromium(), startDashboard()])
    owner = await signUpOwner(browser, dashboard)
  })
  afterAll(async () => {
    await browser?.close()
    await stopAll()
  })

  const open = async (path: string, whole: RegExp): Promise<void> => {
    await owner.page.goto(dashboard.url + (path === A_CALL ? await callPath(dashboard.url, dashboard.bearer, { feature: HOSTILE }) : path))
    await owner.page.getByText(whole).first().waitFor()
    await owner.page.waitForLoadState('networkidle').catch(() => undefined)
  }

  it('the link that made the owner is gone from the address, and works no second time', async () => {
    const { page, context } = await watchedPage(browser)
    await page.goto(dashboard.setupLink)
    await page.getByLabel('Your name').waitFor()
    expect(page.url()).toBe(`${dashboard.url}/setup`)
    await page.getByLabel('Your name').fill('Eve')
    await page.getByLabel('E-mail').fill('eve@example.com')
    await page.getByLabel('Password').fill('five quite unrelated words')
    await page.getByRole('button', { name: 'Create and sign in' }).click()
    expect(await page.getByRole('alert').textContent()).toMatch(/link/iu)
    await context.close()
  })

  describe.each(PAGES)('%s', (_, path, whole) => {
    it('comes whole, without an error, for everybody (WCAG 2.2 AA), light and dark', async () => {
      await open(path, whole)
      expect(await axeViolations(owner.page)).toEqual([])
      await owner.page.emulateMedia({ colorScheme: 'dark' })
      expect(await axeViolations(owner.page)).toEqual([])
      await owner.page.emulateMedia({ colorScheme: 'light' })
      expect(owner.troubles).toEqual([])
    })

    it('fits a telephone: nothing is wider than the screen', async () => {
      await owner.page.setViewportSize({ width: 360, height: 800 })
      await open(path, whole)
      expect(await owner.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
      await owner.page.setViewportSize({ width: 1280, height: 900 })
    })
  })

  it('shows hostile texts as texts, wherever a client can put one', async () => {
    for (const path of ['/costs?window=7d&by=user', '/costs?window=7d&by=feature', '/costs?window=7d&by=prompt', '/costs?window=7d&by=tag%3Ateam', await callPath(dashboard.url, dashboard.bearer, { user: HOSTILE })]) {
      await owner.page.goto(dashboard.url + path)
      await owner.page.getByText(HOSTILE).first().waitFor()
    }
    await owner.page.goto(`${dashboard.url}/calls?${new URLSearchParams({ window: '7d', where: `user=${HOSTILE}` })}`)
    await owner.page.getByText('1 calls, and no more').waitFor()
    expect(await owner.page.locator('img[src="x"]').count()).toBe(0)
    expect(owner.troubles).toEqual([])
  })

  it('says when there is nothing, and what goes wrong', async () => {
    await owner.page.goto(`${dashboard.url}/calls?where=user%3Dnobody`)
    await owner.page.getByText('There is none in the last 24 hours').waitFor()
    await owner.page.route('**/api/v1/costs?*', (route) => route.fulfill({ status: 503, json: { error: { code: 'telemetry_unavailable', message: 'The store is being opened.' } } }))
    await owner.page.goto(`${dashboard.url}/costs`)
    await owner.page.getByText('The store is being opened.').first().waitFor()
    await owner.page.unroute('**/api/v1/costs?*')
    // What was refused on purpose stands in the console, and nothing else.
    expect(owner.troubles.splice(0).every((trouble) => trouble.includes('503'))).toBe(true)
  })

  it('is gone through by keyboard alone', async () => {
    await owner.page.goto(`${dashboard.url}/calls?window=7d`)
    const list = owner.page.getByRole('rowgroup', { name: 'Arrows move, Enter opens' })
    await list.focus()
    await owner.page.keyboard.press('ArrowDown')
    await owner.page.keyboard.press('ArrowDown')
    await owner.page.keyboard.press('Enter')
    await owner.page.getByRole('heading', { name: 'Call', level: 1 }).waitFor()
    expect(await owner.page.evaluate(() => document.activeElement?.id)).toBe('main')
  })

  it('lets nothing foreign run', async () => {
    await owner.page.goto(dashboard.url)
    const blocked = await owner.page.evaluate(async () => {
      const refused = new Promise<string>((resolve) => document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective), { once: true }))
      const script = document.createElement('script')
      script.textContent = 'window.ran = true'
      document.body.append(script)
      return { directive: await refused, ran: 'ran' in window }
    })
    expect(blocked).toEqual({ directive: 'script-src-elem', ran: false })
    owner.troubles.length = 0
  })
})
