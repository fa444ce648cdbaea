// Debian's Chromium, for the tests of the dashboard. As root where there is apt-get; else says how to get it. Already there: nothing.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const has = (command) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0

if (existsSync('/usr/bin/chromium')) process.exit(0)
if (process.getuid?.() !== 0 || !has('apt-get')) {
  console.error('spillway: no /usr/bin/chromium: the tests of the dashboard are not run. Install the package chromium, or name a browser in CHROMIUM.')
  process.exit(1)
}
console.error('spillway: installing Chromium for the tests of the dashboard ...')
const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
for (const args of [['update', '-qq'], ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-liberation']]) {
  const run = spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 2], env })
  if (run.status !== 0) process.exit(run.status ?? 1)
}
