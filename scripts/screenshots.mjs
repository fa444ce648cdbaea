// Pictures of every page for docs/images/, of a server that runs: node scripts/screenshots.mjs http://127.0.0.1:8787 [setup link]
// Light and dark at 1180 x 760, and at the width of a phone. Reduced to 48 colors, where ImageMagick is there, so that they stay small.
import { spawnSync } from 'node:child_process'
import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const [base = 'http://127.0.0.1:8787', setup = ''] = process.argv.slice(2)
const folder = fileURLToPath(new URL('../docs/images', import.meta.url))
const PAGES = { overview: '/', calculator: '/calculator?v=1&r=2000000&m=llama-3.1-70b&b=60000', traffic: '/traffic', routing: '/routing', calls: '/calls', costs: '/costs', leaks: '/leaks', audit: '/audit', settings: '/settings' }
const VIEWS = { light: { width: 1180, height: 760, dark: false }, dark: { width: 1180, height: 760, dark: true }, phone: { width: 390, height: 800, dark: false } }
const SETTLE_MS = 2500

mkdirSync(folder, { recursive: true })
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
let storageState
if (setup !== '') {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(setup)
  await page.getByLabel('Your name').fill('Owner')
  await page.getByLabel('E-mail').fill('owner@example.com')
  await page.getByLabel('Password').fill('only for these pictures')
  await page.getByRole('button', { name: 'Create and sign in' }).click()
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
  storageState = await context.storageState()
}
let bytes = 0
for (const [view, { width, height, dark }] of Object.entries(VIEWS)) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', timezoneId: 'UTC', locale: 'en-US', storageState })
  const page = await context.newPage()
  for (const [name, path] of Object.entries(PAGES)) {
    await page.goto(base + path)
    await page.waitForTimeout(SETTLE_MS)
    const file = join(folder, `${name}-${view}.png`)
    await page.screenshot({ path: file })
    spawnSync('convert', [file, '-strip', '+dither', '-colors', '48', '-define', 'png:compression-level=9', `png8:${file}`])
    bytes += statSync(file).size
  }
  await context.close()
}
await browser.close()
console.log(`${Object.keys(PAGES).length * Object.keys(VIEWS).length} pictures in ${folder}, ${(bytes / 1000).toFixed(0)} kB`)
