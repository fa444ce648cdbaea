import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import pixelmatch from 'pixelmatch'
import { PNG } from 'pngjs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHROMIUM, hasChromium, launchChromium, watchedPage } from './browser.ts'
import { startDashboard, stopAll, type Dashboard } from './testing.ts'

const FOLDER = fileURLToPath(new URL('snapshots', import.meta.url))
/** Fonts and smoothing differ between machines; a bar that is missing or of another color is more than this. */
const MOST_DIFFERENT = 0.03

/** The three pictures that people decide by. UPDATE_PICTURES=1 takes them anew. */
describe.skipIf(!hasChromium)(`pictures of the calculator in ${CHROMIUM}`, () => {
  let browser: Browser
  let dashboard: Dashboard
  beforeAll(async () => {
    ;[browser, dashboard] = await Promise.all([launchChromium(), startDashboard({ seeded: false })])
  })
  afterAll(async () => {
    await browser?.close()
    await stopAll()
  })

  it.each([
    ['signature', 'svg[role=img][viewBox="0 0 780 300"]', false],
    ['signature-dark', 'svg[role=img][viewBox="0 0 780 300"]', true],
    ['replicas', 'section[aria-label="Why, replica by replica"] ol', false],
    ['break-even', 'section[aria-label="Break-even by GPU"] ul', false],
  ])('%s looks as it did', async (name, selector, dark) => {
    const { page, context } = await watchedPage(browser, { width: 1400, dark })
    await page.goto(`${dashboard.url}/calculator?v=1&r=3000000&m=llama-3.1-70b&p=8-20+weekdays%2C+10-16+weekends&g=h100-80gb`)
    await page.getByRole('status').getByText('done').waitFor()
    const picture = PNG.sync.read(await page.locator(selector).screenshot())
    await context.close()
    const file = `${FOLDER}/${name}.png`
    if (process.env['UPDATE_PICTURES'] === '1') {
      mkdirSync(FOLDER, { recursive: true })
      writeFileSync(file, PNG.sync.write(picture))
    }
    const before = PNG.sync.read(readFileSync(file))
    expect([picture.width, picture.height]).toEqual([before.width, before.height])
    const different = pixelmatch(picture.data, before.data, undefined, picture.width, picture.height, { threshold: 0.2 })
    expect(different / (picture.width * picture.height)).toBeLessThan(MOST_DIFFERENT)
  })
})
