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
  await runWith(carried)
}
if (!existsSync(at('../dist/spillway.js'))) fail('error NOT_BUILT: dist/ is missing. Run "npm start" once, or "npm ci && npm run build".')
await import('../dist/spillway.js')

/** Ends as the other Node does. A Ctrl-C at a terminal reaches it without us; what is sent to this process is passed on. */
async function runWith(node) {
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' })
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  process.on('SIGINT', () => {
    if (!process.stdin.isTTY) child.kill('SIGINT')
  })
  process.exit(await new Promise((resolve) => child.once('exit', (status) => resolve(status ?? 1)).once('error', () => resolve(1))))
}
