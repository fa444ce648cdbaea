import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What a process says of itself: user and system time of all its threads, and its memory. */
export interface Usage {
  readonly cpuMicros: number
  /** The part of it that was spent in the kernel. */
  readonly systemMicros: number
  readonly rssBytes: number
}

export interface Child {
  readonly port: number
  readonly usage: () => Promise<Usage>
  readonly stop: () => Promise<void>
}

/** Starts a script of this folder in a process of its own, and waits for its port. */
export async function startChild(script: string, ...args: string[]): Promise<Child> {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const { port } = await said<{ port: number }>(child)
  return {
    port,
    usage() {
      const answer = said<Usage>(child)
      child.send('usage')
      return answer
    },
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve())
        child.send('stop')
      }),
  }
}

function said<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const failed = (code: number | null): void => reject(new Error(`a process ended with ${code}`))
    child.once('exit', failed)
    child.once('message', (message) => {
      child.off('exit', failed)
      resolve(message as T)
    })
  })
}

/** The other end: tells the port, answers, ends when told to or when the parent has gone. */
export function serveParent(port: number, stop: () => Promise<void> = async () => undefined): void {
  const end = (): void => void stop().then(() => process.exit(0))
  process.on('disconnect', end)
  process.on('message', (message) => {
    if (message === 'stop') return end()
    const { user, system } = process.cpuUsage()
    process.send!({ cpuMicros: user + system, systemMicros: system, rssBytes: process.memoryUsage.rss() } satisfies Usage)
  })
  process.send!({ port })
}
