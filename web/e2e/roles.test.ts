import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHROMIUM, hasChromium, launchChromium, watchedPage, type WatchedPage } from './browser.ts'
import { join, PASSWORD, signUpOwner } from './people.ts'
import { callPath, HOSTILE } from './seed.ts'
import { startDashboard, stopAll, type Dashboard } from './testing.ts'

describe.skipIf(!hasChromium)(`who may what, in ${CHROMIUM}`, () => {
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

  it('nobody who has not signed in sees anything but the calculator', async () => {
    const { page, context } = await watchedPage(browser)
    await page.goto(`${dashboard.url}/costs`)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allTextContents()).toEqual(['Calculator', 'Settings', 'Docs'])
    await page.goto(`${dashboard.url}/calculator`)
    expect(await page.getByText('Compared, under one convention').textContent()).toContain('Compared')
    await context.close()
  })

  it('a viewer sees sums, and neither single calls nor the log, nor what changes anything', async () => {
    const viewer = await join(browser, owner, dashboard, 'viewer')
    expect(await pagesOf(viewer)).toEqual(['Overview', 'Calculator', 'Traffic', 'Routing', 'Costs', 'Leaks', 'Settings', 'Docs'])
    await viewer.page.goto(`${dashboard.url}/calls`)
    expect(await viewer.page.getByText('This is not for your role').textContent()).toBe('This is not for your role')
    expect((await viewer.context.request.get(`${dashboard.url}/api/v1/calls`)).status()).toBe(403)
    expect((await viewer.context.request.get(`${dashboard.url}/api/v1/audit`)).status()).toBe(403)
    await viewer.page.goto(`${dashboard.url}/settings`)
    await viewer.page.getByRole('region', { name: 'Budgets' }).waitFor()
    expect(await viewer.page.getByRole('region', { name: 'Keys', exact: true }).count()).toBe(0)
    expect(await viewer.page.getByRole('button', { name: 'Set' }).count()).toBe(0)
    await viewer.context.close()
  })

  it('an auditor sees calls and proves one in the browser, and no body of any', async () => {
    const auditor = await join(browser, owner, dashboard, 'auditor')
    const { page } = auditor
    const path = await callPath(dashboard.url, dashboard.bearer, { source: 'gateway' })
    await page.goto(dashboard.url + path)
    await page.getByRole('link', { name: 'Verify this call in the audit log' }).click()
    await page.getByText('Proven: this call is in the log under this checkpoint.').waitFor()
    expect(await page.getByText('✗').count()).toBe(0)
    await page.getByText('The entry', { exact: true }).click()
    const entry = await page.locator('details pre').textContent()
    expect(entry).toContain('"leaf"')
    expect(entry).not.toContain('Say hello')
    expect(auditor.troubles).toEqual([])
    await auditor.context.close()
  })

  it('an answer that was tampered with on the way is not proven', async () => {
    const { page } = owner
    const path = await callPath(dashboard.url, dashboard.bearer, { source: 'gateway' })
    const id = decodeURIComponent(path.split('/').at(-1)!)
    await page.route('**/api/v1/audit/calls/*', async (route) => {
      const answer = (await (await route.fetch()).json()) as { readonly proof: readonly string[] }
      await route.fulfill({ json: { ...answer, proof: answer.proof.with(0, Buffer.alloc(32, 1).toString('base64')) } })
    })
    await page.goto(`${dashboard.url}/audit?${new URLSearchParams({ call: id })}`)
    expect(await page.getByText('NOT proven.').textContent()).toBe('NOT proven.')
    await page.unroute('**/api/v1/audit/calls/*')
  })

  it('finance sets budgets; a change without the mark of the session is refused', async () => {
    const finance = await join(browser, owner, dashboard, 'finance')
    const { page } = finance
    await page.goto(`${dashboard.url}/settings`)
    await page.getByRole('textbox', { name: 'USD', exact: true }).fill('250')
    await page.getByRole('button', { name: 'Set' }).click()
    await page.getByText('the whole tenant').waitFor()
    expect(await page.getByText('$250.00 a month').textContent()).toBe('$250.00 a month')
    const forged = await finance.context.request.put(`${dashboard.url}/api/v1/budgets`, { data: { scope: 'tenant', period: 'month', usd: '1' }, headers: { 'sec-fetch-site': 'same-origin', origin: dashboard.url } })
    expect([forged.status(), ((await forged.json()) as { readonly error: { readonly code: string } }).error.code]).toEqual([403, 'csrf_refused'])
    await finance.context.close()
  })

  it('an engineer makes a key whose secret is shown once and works, and refuses it', async () => {
    const engineer = await join(browser, owner, dashboard, 'engineer')
    const { page } = engineer
    await page.goto(`${dashboard.url}/settings`)
    await page.getByText('Make a key').click()
    await page.getByLabel('what it is for').fill(HOSTILE)
    await page.getByRole('button', { name: 'Make', exact: true }).click()
    const secret = (await page.locator('[data-secret]').textContent())!.trim()
    await page.getByRole('button', { name: 'I have it' }).click()
    await page.getByText(HOSTILE).first().waitFor()
    const asked = (): Promise<number> => fetch(`${dashboard.url}/v1/models`, { headers: { authorization: `Bearer ${secret}` } }).then(({ status }) => status)
    await expect.poll(asked).toBe(200)
    await page.getByRole('button', { name: /^Refuse / }).click()
    await page.getByText('disabled').first().waitFor()
    await expect.poll(asked).toBe(401)
    expect(await page.locator('[data-secret]').count()).toBe(0)
    expect(engineer.troubles).toEqual([])
    await engineer.context.close()
  })

  it('signing out ends it, and a wrong password is told without saying what was wrong', async () => {
    const { page, context } = await watchedPage(browser)
    await page.goto(`${dashboard.url}/login`)
    await page.getByLabel('E-mail').fill('owner@example.com')
    await page.getByLabel('Password').fill('not the password at all')
    await page.getByRole('button', { name: 'Sign in' }).click()
    const wrong = await page.getByRole('alert').textContent()
    await page.getByLabel('E-mail').fill('nobody@example.com')
    await page.getByRole('button', { name: 'Sign in' }).click()
    expect(await page.getByRole('alert').textContent()).toBe(wrong)
    await page.getByLabel('E-mail').fill('owner@example.com')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect((await context.request.get(`${dashboard.url}/api/v1/costs`)).status()).toBe(401)
    await context.close()
  })
})

function pagesOf(watched: WatchedPage): Promise<string[]> {
  return watched.page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allTextContents()
}
