import type { Browser } from 'playwright-core'
import type { Role } from '../src/api/session.ts'
import { watchedPage, type PageOptions, type WatchedPage } from './browser.ts'
import type { Dashboard } from './testing.ts'

export const PASSWORD = 'four unrelated words'

/** The first owner, made on the page itself as a person does it. */
export async function signUpOwner(browser: Browser, dashboard: Dashboard): Promise<WatchedPage> {
  const watched = await watchedPage(browser)
  const { page } = watched
  await page.goto(dashboard.setupLink)
  await page.getByLabel('Your name').fill('Ann')
  await page.getByLabel('E-mail').fill('owner@example.com')
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Create and sign in' }).click()
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
  // The seeded calls are of this tenant.
  await page.getByLabel('Tenant').selectOption('acme')
  await page.getByText('in the last').first().waitFor()
  return watched
}

/** Somebody with a role, through an invitation that the owner makes; the page is theirs and signed in. */
export async function join(browser: Browser, owner: WatchedPage, dashboard: Dashboard, role: Role, options: PageOptions = {}): Promise<WatchedPage> {
  const email = `${role}@example.com`
  const session = (await (await owner.context.request.get(`${dashboard.url}/api/session`)).json()) as { readonly csrf: string }
  const made = await owner.context.request.post(`${dashboard.url}/api/v1/users/invite`, { data: { email, role }, headers: { 'x-spillway-csrf': session.csrf, 'sec-fetch-site': 'same-origin', origin: dashboard.url } })
  if (!made.ok()) throw new Error(`inviting ${role} failed: ${made.status()} ${await made.text()}`)
  const { link } = (await made.json()) as { readonly link: string }
  const watched = await watchedPage(browser, options)
  const { page } = watched
  await page.goto(dashboard.url + new URL(link, dashboard.url).pathname + new URL(link, dashboard.url).hash)
  await page.getByLabel('Your name').fill(role)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
  return watched
}
