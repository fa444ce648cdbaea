import { existsSync } from 'node:fs'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'

/** The browser that the tests of the dashboard run in: CHROMIUM names another one. */
export const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
export const hasChromium = existsSync(CHROMIUM)

/** As root Chromium refuses its sandbox. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--disable-gpu', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])] })
}

/** A page that remembers all that went wrong in it: errors of scripts, of the console, of the content security policy. */
export interface WatchedPage {
  readonly page: Page
  readonly context: BrowserContext
  /** Expected empty at the end of every test. */
  readonly troubles: string[]
}

export interface PageOptions {
  readonly width?: number
  readonly height?: number
  readonly dark?: boolean
  readonly locale?: string
  readonly timeZone?: string
  readonly headers?: Readonly<Record<string, string>>
}

export async function watchedPage(browser: Browser, { width = 1280, height = 900, dark = false, locale = 'en-US', timeZone = 'UTC', headers = {} }: PageOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', locale, timezoneId: timeZone, extraHTTPHeaders: { ...headers } })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const troubles: string[] = []
  page.on('pageerror', (error) => troubles.push(`page: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') troubles.push(`console: ${message.text()} (${message.location().url})`)
  })
  page.on('dialog', (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  return { page, context, troubles }
}
