import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@clickhouse/client'
import type { ServerOptions } from './server.ts'

/** A ClickHouse to test on. */
export interface TestServer {
  readonly version: string
  /** How to get at an empty database that nobody else has. */
  readonly emptyDatabase: () => Promise<ServerOptions>
  /** The server ends as by kill -9, and its port with it. */
  readonly kill: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Where `scripts/install-chdb.mjs` puts it. */
const CHDB = join(fileURLToPath(new URL('../../..', import.meta.url)), '.chdb')
const PASSWORD = 'for the tests'
/** In memory, where the system has it: thousands of small files are synced and removed. */
const SCRATCH = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/**
 * The server at CLICKHOUSE_URL (`http://user:password@host:8123`), or chdb in a process of its own, which a crash of it ends alone.
 * Where there is neither, the reason why nothing can be tested.
 */
export async function startTestServer(): Promise<TestServer | string> {
  const given = process.env['CLICKHOUSE_URL']
  if (given !== undefined && given !== '') {
    const { username, password, origin } = new URL(given)
    return served(origin, decodeURIComponent(username) || 'default', decodeURIComponent(password), null)
  }
  if (!existsSync(join(CHDB, 'complete'))) return 'chdb is not installed: run node scripts/install-chdb.mjs, or set CLICKHOUSE_URL'
  const folder = mkdtempSync(join(SCRATCH, 'spillway-chdb-'))
  const child = spawn(process.execPath, [fileURLToPath(new URL('testing-chdb.ts', import.meta.url)), join(CHDB, 'node_modules', 'chdb'), folder, PASSWORD], { stdio: ['ignore', 'pipe', 'inherit'] })
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').once('data', (line: string) => resolve(line.trim()))
    child.once('exit', (code) => reject(new Error(`chdb ended with ${code} before it could be asked`)))
  })
  return served(`http://127.0.0.1:${port}`, 'default', PASSWORD, { child, folder })
}

/** Of a suite: `npm test` looks for it, and says so at its end. */
export function titleOf(found: TestServer | string): string {
  return typeof found === 'string' ? `ClickHouse: not run: ${found}` : `ClickHouse ${found.version}`
}

async function served(url: string, user: string, password: string, own: { readonly child: ChildProcess; readonly folder: string } | null): Promise<TestServer> {
  const client = createClient({ url, username: user, password })
  const [{ version }] = await (await client.query({ query: 'SELECT version() AS version', format: 'JSONEachRow' })).json<{ version: string }>() as [{ version: string }]
  const made: string[] = []
  const end = async (): Promise<void> => {
    if (own === null || own.child.exitCode !== null || own.child.signalCode !== null) return
    await new Promise((resolve) => {
      own.child.once('exit', resolve)
      own.child.kill('SIGKILL')
    })
  }
  return {
    version,
    emptyDatabase: async () => {
      const name = `spillway_test_${process.pid}_${made.length}`
      made.push(name)
      await client.command({ query: `CREATE DATABASE ${name}` })
      return { url, user, password, database: name }
    },
    kill: end,
    stop: async () => {
      if (own === null) for (const name of made) await client.command({ query: `DROP DATABASE IF EXISTS ${name}` })
      await client.close()
      await end()
      if (own !== null) rmSync(own.folder, { recursive: true })
    },
  }
}
