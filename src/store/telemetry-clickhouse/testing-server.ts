import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient, type ClickHouseClient } from '@clickhouse/client'
import type { ServerOptions } from './server.ts'

/** A ClickHouse to test on. */
export interface TestServer {
  readonly version: string
  /** Another one after a restart. */
  readonly url: () => string
  /** How to get at an empty database that nobody else has. */
  readonly emptyDatabase: () => Promise<ServerOptions>
  /** The server ends as by kill -9. */
  readonly kill: () => Promise<void>
  /** On what it left; null = it is not ours to end. */
  readonly restart: (() => Promise<void>) | null
  readonly stop: () => Promise<void>
}

/** Where `scripts/install-chdb.mjs` puts it. */
const CHDB = join(fileURLToPath(new URL('../../..', import.meta.url)), '.chdb')
const PASSWORD = 'for-the-tests'
/** In memory, where the system has it: thousands of small files are synced and removed. */
const SCRATCH = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/**
 * The server at CLICKHOUSE_URL (`http://user:password@host:8123`), or chdb in a process of its own, which a crash of it ends alone.
 * Where there is neither, the reason why nothing can be tested. chdb writes to a folder in `scratch`.
 */
export async function startTestServer(scratch: string = SCRATCH): Promise<TestServer | string> {
  const given = process.env['CLICKHOUSE_URL']
  if (given !== undefined && given !== '') {
    const { username, password, origin } = new URL(given)
    return served({ url: () => origin, kill: () => Promise.resolve(), restart: null, remove: () => {} }, decodeURIComponent(username) || 'default', decodeURIComponent(password))
  }
  if (!existsSync(join(CHDB, 'complete'))) return 'chdb is not installed: run node scripts/install-chdb.mjs, or set CLICKHOUSE_URL'
  const folder = mkdtempSync(join(scratch, 'spillway-chdb-'))
  let running = await startChdb(folder)
  const kill = async (): Promise<void> => {
    if (running.child.exitCode !== null || running.child.signalCode !== null) return
    const ended = new Promise((resolve) => running.child.once('exit', resolve))
    running.child.kill('SIGKILL')
    await ended
  }
  const restart = async (): Promise<void> => {
    await kill()
    running = await startChdb(folder)
  }
  return served({ url: () => running.url, kill, restart, remove: () => rmSync(folder, { recursive: true }) }, 'default', PASSWORD)
}

/** Of a suite: `npm test` looks for it, and says so at its end. */
export function titleOf(found: TestServer | string): string {
  return typeof found === 'string' ? `ClickHouse: not run: ${found}` : `ClickHouse ${found.version}`
}

interface Running {
  readonly child: ChildProcess
  readonly url: string
}

async function startChdb(folder: string): Promise<Running> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('testing-chdb.ts', import.meta.url)), join(CHDB, 'node_modules', 'chdb'), folder, PASSWORD], { stdio: ['pipe', 'pipe', 'inherit'] })
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').once('data', (line: string) => resolve(line.trim()))
    child.once('exit', (code) => reject(new Error(`chdb ended with ${code} before it could be asked`)))
  })
  return { child, url: `http://127.0.0.1:${port}` }
}

interface Machine extends Pick<TestServer, 'url' | 'kill' | 'restart'> {
  readonly remove: () => void
}

async function served({ url, kill, restart, remove }: Machine, user: string, password: string): Promise<TestServer> {
  const ask = async <T>(work: (client: ClickHouseClient) => Promise<T>): Promise<T> => {
    const client = createClient({ url: url(), username: user, password })
    try {
      return await work(client)
    } finally {
      await client.close()
    }
  }
  const [said] = await ask(async (client) => (await client.query({ query: 'SELECT version() AS version', format: 'JSONEachRow' })).json<{ version: string }>())
  const made: string[] = []
  return {
    version: said!.version,
    url,
    emptyDatabase: async () => {
      const database = `spillway_test_${process.pid}_${made.length}`
      made.push(database)
      await ask((client) => client.command({ query: `CREATE DATABASE ${database}` }))
      return { url: url(), user, password, database }
    },
    kill,
    restart,
    stop: async () => {
      if (restart === null) for (const name of made) await ask((client) => client.command({ query: `DROP DATABASE IF EXISTS ${name}` }))
      await kill()
      remove()
    },
  }
}
