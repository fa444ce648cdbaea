// Puts chdb, a ClickHouse that runs in a process, at a pinned version into .chdb/, which git ignores: the tests of the ClickHouse
// store run on it. 543 MB, so it is no dependency. What cannot be installed is said and fails nothing: the tests say so too.
// Run: node scripts/install-chdb.mjs [folder]
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const VERSION = '3.4.0'
const folder = process.argv[2] ?? fileURLToPath(new URL('../.chdb', import.meta.url))

function installed() {
  const file = join(folder, 'node_modules', 'chdb', 'package.json')
  return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).version === VERSION && existsSync(join(folder, 'complete'))
}

function install() {
  mkdirSync(folder, { recursive: true })
  // A root of its own, or npm would install into the project's.
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ private: true, dependencies: { chdb: VERSION } })}\n`)
  // Node's own npm, if there is one; the one on the path otherwise.
  const beside = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js')
  const [command, first] = existsSync(beside) ? [process.execPath, [beside]] : ['npm', []]
  const run = spawnSync(command, [...first, 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'], { cwd: folder, encoding: 'utf8', timeout: 300_000 })
  if (run.error !== undefined) return run.error.message
  if (run.status !== 0) return run.stderr.trim().split('\n')[0] || `npm ended with ${run.status ?? run.signal}`
  // A platform without a binary installs the rest without a word: whether it answers is asked of it.
  const tried = spawnSync(process.execPath, ['-e', "const { query } = require('chdb'); process.stdout.write(query('SELECT version()', 'TSV'))"], { cwd: folder, encoding: 'utf8', timeout: 60_000 })
  if (tried.status !== 0) return `it does not run here: ${(tried.stderr.trim().split('\n').find((line) => line.includes('Error')) ?? String(tried.signal ?? tried.status)).trim()}`
  writeFileSync(join(folder, 'complete'), tried.stdout)
  return null
}

if (installed()) {
  console.error(`chdb ${VERSION} is installed in ${folder}`)
} else {
  console.error(`chdb ${VERSION}: installing into ${folder} (543 MB) ...`)
  let why
  try {
    why = install()
  } catch (error) {
    why = error.message
  }
  console.error(why === null ? `chdb ${VERSION}: ClickHouse ${readFileSync(join(folder, 'complete'), 'utf8').trim()}` : `chdb ${VERSION}: not installed: ${why}`)
}
