#!/usr/bin/env node
// The entry point: finds a Node that is new enough, then loads the built command line.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const fail = (text) => {
  process.stderr.write(`${text}\n`)
  process.exit(2)
}

if (Number(process.versions.node.split('.')[0]) < 24) {
  const carried = at('../node_modules/.bin/node')
  if (!existsSync(carried)) fail(`error RUNTIME_TOO_OLD: Spillway needs Node 24 or newer, this is ${process.version}. Install Node 24, or run "npm ci" in the clone.`)
  const run = spawn(carried, process.argv.slice(1), { stdio: 'inherit' })
  // Whoever ends this process means that one. The Ctrl-C of a terminal reaches both by itself.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => run.kill(signal))
  process.on('SIGINT', () => {})
  run.on('error', () => fail('error RUNTIME_BROKEN: the Node that comes with Spillway does not run. Install Node 24, or run "npm ci" in the clone.'))
  run.on('exit', (status) => process.exit(status ?? 1))
} else {
  if (!existsSync(at('../dist/spillway.js'))) fail('error NOT_BUILT: dist/ is missing. Run "npm start" once, or "npm ci && npm run build".')
  await import('../dist/spillway.js')
}
