import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'

const ENTRY = fileURLToPath(new URL('../bin/spillway.mjs', import.meta.url))
/** Loaded before the entry point: it then takes its Node for an old one. */
const OLD = 'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.0.0"}})'
/** In the place of the built program: says that it runs, and at a signal which. */
const PROGRAM = `const timer = setInterval(() => {}, 1000)
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => { console.log(signal, ...process.argv.slice(2)); if (signal === 'SIGTERM') { clearInterval(timer); process.exitCode = 7 } })
console.log('runs')
`

describe('bin/spillway.mjs on an old Node', () => {
  it('hands signals on to the Node that it brings, and ends when and as that one does', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'spillway-entry-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    for (const inner of ['bin', 'dist', 'node_modules/.bin']) mkdirSync(join(folder, inner), { recursive: true })
    copyFileSync(ENTRY, join(folder, 'bin/spillway.mjs'))
    writeFileSync(join(folder, 'dist/spillway.js'), PROGRAM)
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    symlinkSync(process.execPath, join(folder, 'node_modules/.bin/node'))
    const entry = spawn(process.execPath, ['--import', OLD, join(folder, 'bin/spillway.mjs'), 'serve'], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void entry.kill('SIGKILL'))
    let output = ''
    entry.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output === 'runs\n') entry.kill('SIGHUP')
      if (output === 'runs\nSIGHUP serve\n') entry.kill('SIGTERM')
    })
    const [status] = await once(entry, 'close')
    expect([status, output]).toEqual([7, 'runs\nSIGHUP serve\nSIGTERM serve\n'])
  })
})
