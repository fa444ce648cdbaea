import { fork, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { treeOf, usageOfTree } from './process-tree.ts'
import type { Usage } from './process-tree.ts'

export interface Child {
  readonly port: number
  readonly usage: () => Usage
  readonly stop: () => Promise<void>
}

const STOP_MS = 5000
const READY_MS = 120_000
const POLL_MS = 100

/** However this process ends, nothing that it started goes on, and nothing that it wrote is left. */
const running = new Set<ChildProcess>()
const folders: string[] = []
process.on('exit', () => {
  running.forEach(killTree)
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))

/** Starts a script of this folder in a process of its own, and waits for its port. */
export async function startScript(script: string, ...args: string[]): Promise<Child> {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  running.add(child)
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)))
    child.once('message', (message) => resolve((message as { port: number }).port))
  })
  return { port, usage: () => usageOfTree(child.pid!), stop: () => stop(child) }
}

/** The other end of `startScript`: tells the port, ends when the parent has gone. */
export function tellParent(port: number): void {
  process.on('disconnect', () => process.exit(0))
  process.send!({ port })
}

export interface Program {
  readonly command: string
  readonly args: readonly string[]
  /** On top of this process's own. */
  readonly env: Readonly<Record<string, string>>
  readonly port: number
  /** A path that answers 200 as soon as it serves. */
  readonly readyPath: string
}

/** Starts any server and waits until it serves. Where it does not, the error has the end of what it printed. */
export async function startProgram({ command, args, env, port, readyPath }: Program): Promise<Child> {
  const log = join(temporaryFolder(), 'output.log')
  const output = openSync(log, 'w')
  const child = spawn(command, args, { stdio: ['ignore', output, output], env: { ...process.env, ...env } })
  closeSync(output)
  running.add(child)
  let ended: string | null = null
  child.once('error', (error) => (ended = error.message))
  child.once('exit', (code) => (ended ??= `ended with ${code}`))
  for (let waited = 0; !(await answers(port, readyPath)); waited += POLL_MS) {
    if (ended !== null || waited > READY_MS) {
      killTree(child)
      throw new Error(`${command} ${args.join(' ')}: ${ended ?? `does not serve after ${READY_MS / 1000} s`}\n${readFileSync(log, 'utf8').slice(-2000)}`)
    }
    await wait(POLL_MS)
  }
  return { port, usage: () => usageOfTree(child.pid!), stop: () => stop(child) }
}

/** Gone when this process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-bench-'))
  folders.push(folder)
  return folder
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function answers(port: number, path: string): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`)
    await response.arrayBuffer()
    return response.status === 200
  } catch {
    return false
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    const timer = setTimeout(() => killTree(child), STOP_MS)
    await gone
    clearTimeout(timer)
  }
  running.delete(child)
}

function killTree({ pid }: ChildProcess): void {
  if (pid === undefined) return
  for (const one of treeOf(pid)) {
    try {
      process.kill(one.pid, 'SIGKILL')
    } catch {
      // It has ended in the meantime.
    }
  }
}
