import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { KEY, onStop } from '../../route/gateway/testing.ts'

const MAIN = fileURLToPath(new URL('../cli/main.ts', import.meta.url))

/** Writes a `spillway.yaml` for one upstream, with its data beside it in `data`. Telemetry costs a thread and is off unless wanted. */
export function writeConfig(folder: string, upstream: string, more = '', telemetry: 'on' | 'off' = 'off'): void {
  const text = `server: { port: 0, data: data, keys: [{ id: key-1, tenant: acme, secret: "env:TEST_KEY" }] }
loops: { action: "off" }
telemetry: { mode: "${telemetry}" }
pools:
  - id: api
    card: { rule: tokens, perMillion: { inputUncached: "1", output: "2" }, perCall: "0" }
    endpoints: [{ id: a, url: "${upstream}" }]
    models: [m]
    auth: { type: bearer, secret: "env:TEST_PROVIDER_SECRET" }
${more}`
  writeFileSync(join(folder, 'spillway.yaml'), text)
}

export interface ServeProcess {
  /** Resolves with the port once it takes calls; rejects where it ends before. */
  readonly serving: Promise<number>
  /** Its exit status or the signal that ended it, once it has ended and all its output has come. */
  readonly ended: Promise<number | string>
  /** All that it has written so far, to both outputs. */
  readonly output: () => string
  /** Resolves when the output matches. */
  readonly until: (pattern: RegExp) => Promise<void>
  readonly signal: (signal: NodeJS.Signals) => void
}

/** `spillway serve` as a process of its own, on the `spillway.yaml` in `folder`. */
export function serveProcess(folder: string, env: Readonly<Record<string, string>> = {}): ServeProcess {
  const child = spawn(process.execPath, [MAIN, 'serve', '-c', join(folder, 'spillway.yaml')], { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'], TEST_KEY: KEY, TEST_PROVIDER_SECRET: 'provider-secret', ...env } })
  const changed = new Set<() => void>()
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      for (const check of changed) check()
    })
  }
  const ended = once(child, 'close').then(([code, signal]) => (signal ?? code) as number | string)
  onStop(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const until = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (!pattern.test(output)) return
        changed.delete(check)
        resolve()
      }
      changed.add(check)
      void ended.then((how) => reject(new Error(`ended (${how}) before ${pattern}: ${output}`)))
      check()
    })
  const serving = until(/"msg":"serving"/u).then(() => Number(/"port":(\d+)/u.exec(output)![1]))
  serving.catch(() => {})
  return { serving, ended, output: () => output, until, signal: (signal) => void child.kill(signal) }
}
