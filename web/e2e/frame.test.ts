import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { axeViolations } from './axe.ts'
import { CHROMIUM, hasChromium, launchChromium, watchedPage } from './browser.ts'
import { startDashboard, stopAll, type Dashboard } from './testing.ts'

describe.skipIf(!hasChromium)(`the frame of the dashboard in ${CHROMIUM}`, () => {
  let browser: Browser
  let dashboard: Dashboard
  beforeAll(async () => {
    ;[browser, dashboard] = await Promise.all([launchChromium(), startDashboard()])
  })
  afterAll(async () => {
    await browser?.close()
    await stopAll()
  })

  it('shows each page of the documentation, with nothing that runs in it', async () => {
    const { page, context, troubles } = await watchedPage(browser)
    await page.goto(`${dashboard.url}/docs/`)
    const names = await page.locator('nav a').evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''))
    expect(names.length).toBeGreaterThan(10)
    for (const name of names) {
      await page.goto(`${dashboard.url}/docs/${name}`)
      expect({ name, scripts: await page.locator('script').count(), titles: await page.locator('h1').count(), violations: await axeViolations(page) }).toEqual({ name, scripts: 0, titles: 1, violations: [] })
    }
    expect(troubles).toEqual([])
    await context.close()
  })

  it('tells of a page that is not there', async () => {
    const { page, context } = await watchedPage(browser, { headers: dashboard.bearer })
    await page.route('**/api/session', (route) => route.fulfill({ json: { user: null, anonymousRole: 'viewer', tenant: 'acme', tenants: [], permissions: ['read'], csrf: null, setup: false, oidc: null, demo: false } }))
    await page.goto(`${dashboard.url}/`)
    await page.evaluate(() => window.history.pushState(null, '', '/no/such/page'))
    expect(await page.getByText('There is no such page').textContent()).toBe('There is no such page')
    await context.close()
  })
})
