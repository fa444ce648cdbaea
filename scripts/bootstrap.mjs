// Makes a clean clone ready: installs the locked packages and builds, each only when its inputs changed.
// Runs on the system's Node (20 or newer) with nothing installed, so it uses built-in modules alone.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const stamps = join(root, 'node_modules', '.spillway')

function digest(paths) {
  const hash = createHash('sha256')
  for (const path of paths) hash.update(path).update('\0').update(readFileSync(join(root, path)))
  return hash.digest('hex')
}

function filesUnder(folder) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length))
    .sort()
}

/** Runs `command` unless the stamp `name` already holds `key`; ends the process with its status if it fails. */
function once(name, key, label, command, args) {
  const stamp = join(stamps, name)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return
  process.stderr.write(`spillway: ${label} ...\n`)
  const run = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], env: { ...process.env, NODE_ENV: '' } })
  if (run.status !== 0) {
    process.stderr.write(`spillway: ${label} failed (${command} ${args.join(' ')}). Mend what is said above and run again.\n`)
    process.exit(run.status ?? 1)
  }
  mkdirSync(stamps, { recursive: true })
  writeFileSync(stamp, key)
}

once('install', digest(['package.json', 'package-lock.json']), 'installing packages', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
once('build', digest([...filesUnder('src'), ...filesUnder('catalog'), ...filesUnder('web'), ...filesUnder('docs'), 'scripts/build.mjs', 'scripts/docs-site.mjs', 'scripts/pack-web.mjs', 'package-lock.json']), 'building', process.execPath, ['scripts/build.mjs'])
