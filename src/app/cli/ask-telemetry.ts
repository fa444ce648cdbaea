import { createReadStream, existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { SpillwayError } from '../../core/errors.ts'
import type { QueryReply } from '../../measure/load/messages.ts'
import { openTelemetry, type Telemetry } from '../../measure/load/open-telemetry.ts'
import { lockFile } from '../../store/file-lock.ts'
import { SERVER, TELEMETRY } from '../config/defaults.ts'
import { journalFolder, telemetryFolder } from '../config/data-folder.ts'
import { dataFolder, type DataOption } from './data-option.ts'
import type { Io } from './io.ts'

/** Where what was recorded is asked: a server that runs, or the data folder of one that does not. */
export interface AskOptions extends DataOption {
  readonly url?: string
  readonly key?: string
  readonly tenant: string
}

/** Parameters of a question; a list repeats the name. */
export type Parameters = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

/** Both throw API_REFUSED with the reason. */
export interface Ask {
  /** The answer to `/api/v1/PATH`. */
  readonly json: <T>(path: string, parameters?: Parameters) => Promise<T>
  /** An answer that is a file, as it comes. */
  readonly file: (path: string, parameters?: Parameters) => AsyncIterable<Uint8Array>
}

const TIMEOUT_MS = 60_000

export function askOptions(command: Command): Command {
  return command
    .option('--url <url>', `the server to ask (default: $SPILLWAY_URL, else http://127.0.0.1:$SPILLWAY_PORT or ${SERVER.port})`)
    .option('--key <key>', 'a key with the scope read (default: $SPILLWAY_KEY); without one the data directory is read, which no server may have open')
    .option('--data <dir>', `that data directory (default: $SPILLWAY_DATA, else ${SERVER.data})`)
    .option('--tenant <id>', 'whose calls, where the data directory is read; a key has its own', 'default')
}

/** Asks the server where there is a key, else opens the store of the data folder for the time of `work`. */
export async function withTelemetry<T>(options: AskOptions, io: Io, work: (ask: Ask) => Promise<T>): Promise<T> {
  const key = options.key ?? io.env['SPILLWAY_KEY']
  if (key !== undefined && key !== '' && options.data !== undefined) throw new SpillwayError('CLI_USAGE', '--data reads a folder and a key asks a server', 'Give one of them')
  return key === undefined || key === '' ? withFolder(options, io, work) : work(serverAsk(urlOf(options, io), key))
}

function urlOf({ url }: AskOptions, { env }: Io): string {
  const text = url ?? (env['SPILLWAY_URL'] || `http://127.0.0.1:${env['SPILLWAY_PORT'] || SERVER.port}`)
  const parsed = URL.canParse(text) ? new URL(text) : null
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) throw new SpillwayError('CLI_USAGE', `"${text}" is no address of a server`, 'Give one such as http://127.0.0.1:8787')
  return text.replace(/\/+$/u, '')
}

function serverAsk(base: string, key: string): Ask {
  const reached = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      const reason = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code ?? (error as Error).name
      throw new SpillwayError('API_UNREACHABLE', `${base} does not answer as Spillway does (${reason})`, 'Check --url, or leave out the key to read the data directory of a server that does not run', {}, { cause: error })
    }
  }
  const get = (path: string, parameters: Parameters = {}): Promise<Response> => reached(() => fetch(`${base}/api/v1/${path}?${searchOf(parameters)}`, { headers: { authorization: `Bearer ${key}` }, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) }))
  return {
    json: async <T>(path: string, parameters?: Parameters) => {
      const answer = await get(path, parameters)
      return answered<T>(answer.status, await reached(() => answer.json()))
    },
    file: async function* (path, parameters) {
      const answer = await get(path, parameters)
      if (answer.status !== 200) answered(answer.status, await reached(() => answer.json()))
      if (answer.body !== null) yield* answer.body
    },
  }
}

async function withFolder<T>(options: AskOptions, io: Io, work: (ask: Ask) => Promise<T>): Promise<T> {
  const folder = dataFolder(options, io)
  const journal = journalFolder(folder)
  if (options.url !== undefined) throw new SpillwayError('CLI_USAGE', 'a server answers nobody without a key', 'Give --key or set SPILLWAY_KEY')
  if (!existsSync(journal)) throw new SpillwayError('FILE_NOT_FOUND', 'this data directory holds no journal', 'Name the right one with --data or SPILLWAY_DATA, or ask a server: --key, and --url where it is elsewhere', { file: folder })
  const unlock = lockedJournal(journal)
  try {
    const telemetry = await openTelemetry({ folder: telemetryFolder(folder), journal, memoryMb: TELEMETRY.memoryMb })
    try {
      // The server is gone, so all that stands in its journal is on disk.
      while ((await telemetry.load(Number.MAX_SAFE_INTEGER)).more);
      return await work(folderAsk(telemetry, options.tenant, io))
    } finally {
      await telemetry.close()
    }
  } finally {
    unlock()
  }
}

function lockedJournal(folder: string): () => void {
  try {
    return lockFile(join(folder, 'lock'))
  } catch (error) {
    throw new SpillwayError('TELEMETRY_LOCKED', 'a server has this data directory open', 'Ask it: give --key with a key that has the scope read, and --url where it does not listen on the default port', { file: folder }, { cause: error })
  }
}

function folderAsk(telemetry: Telemetry, tenant: string, io: Io): Ask {
  const query = (path: string, parameters: Parameters = {}): Promise<QueryReply> => {
    const now = io.now().getTime()
    return telemetry.query({ path: `/api/v1/${path}`, search: searchOf(parameters), tenant, admin: true, now, asOf: now, behindBytes: 0, dedicated: [] })
  }
  return {
    json: async <T>(path: string, parameters?: Parameters) => {
      const reply = await query(path, parameters)
      if (reply.type === 'file') throw new TypeError(`${path} is a file`)
      return answered<T>(reply.status, JSON.parse(new TextDecoder().decode(reply.bytes)))
    },
    file: async function* (path, parameters) {
      const reply = await query(path, parameters)
      if (reply.type === 'json') return answered(reply.status, JSON.parse(new TextDecoder().decode(reply.bytes)))
      try {
        yield* createReadStream(reply.answer.file) as AsyncIterable<Uint8Array>
      } finally {
        await rm(reply.answer.file, { force: true })
      }
    },
  }
}

function searchOf(parameters: Parameters): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) for (const one of [value ?? []].flat()) search.append(name, String(one))
  return search.toString()
}

function answered<T>(status: number, body: unknown): T {
  if (status === 200) return body as T
  const { code = 'unknown', message = 'no reason was given' } = ((body as { readonly error?: { readonly code?: string; readonly message?: string } } | null)?.error ?? {})
  throw new SpillwayError('API_REFUSED', `${code}: ${message.replace(/\.$/u, '')}`, status === 401 || status === 403 ? 'See "spillway keys"' : 'See docs/api.md')
}
