import { open } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import { POLICY } from '../../prove/bundle/bundle-format.ts'
import type { AdminLeaf } from '../../prove/leaf/schema.ts'
import { CHECKPOINT, VERIFIER_KEY } from '../../prove/log/log-files.ts'
import { PRUNED } from '../../prove/log/pruned.ts'
import { parseTilePath } from '../../prove/tiles/tile-path.ts'
import { WITNESSED } from '../../prove/witness/publish-cosigned.ts'
import { ApiError } from '../api/api-error.ts'
import { fail } from '../api/fail.ts'
import { Turns } from '../api/turns.ts'
import { type Caller, type Door, mayReadWholeLog } from '../auth/door.ts'
import { witness } from './act.ts'
import { TIMESTAMPS } from './check-timestamps.ts'

export interface LogRoutesDeps {
  readonly door: Pick<Door, 'admit'>
  /** The log: all in it may be published. */
  readonly folder: string
  readonly clock: Clock
  /** Into the journal, of which the log is made. */
  readonly append: (leaf: AdminLeaf) => void
  /** Told of a defect; the client gets 500. */
  readonly onDefect: (error: unknown) => void
}

const PREFIX = '/audit/'
/** Files that are read at once, of one who asks and in all. */
const READS = { ofAKey: 32, inAll: 128 } as const
/** That somebody reads the log is a leaf once in so long: a leaf for each file would let the log grow by being read. */
const TOLD_MS = 3_600_000
/** Readers that are remembered. */
const MOST_TOLD = 1000

/** What changes, by its name. All else are tiles, whose content never does, and timestamps. */
const NOTES: ReadonlySet<string> = new Set([CHECKPOINT, WITNESSED, VERIFIER_KEY, POLICY, PRUNED])
const TIMESTAMP = new RegExp(`^${TIMESTAMPS}/(?:0|[1-9]\\d{0,15})\\.(?:checkpoint|tsr)$`, 'u')

/**
 * The log as a static web server would publish it (C2SP tlog-tiles), for auditors: leaves and hashes, no bodies. Who reads it needs the
 * permission `audit` in all tenants, or a key with the scope `audit`. Returns whether the request was one of it.
 */
export function logRoutes({ door, folder, clock, append, onDefect }: LogRoutesDeps): (request: IncomingMessage, response: ServerResponse) => boolean {
  const turns = new Turns(READS.ofAKey, READS.inAll)
  const told = new Map<string, number>()

  /** Once for each who reads, and again after an hour. */
  function tell({ kind, id, tenant }: Caller): void {
    const actor = `${kind}:${id}`
    const now = clock.now()
    const before = told.get(actor)
    if (before !== undefined && now - before < TOLD_MS && now >= before) return
    told.delete(actor)
    if (told.size >= MOST_TOLD) told.delete(told.keys().next().value!)
    told.set(actor, now)
    append(witness(actor, now)({ leaf: 'log-read', tenant: tenant.slice(0, 256).toWellFormed() }))
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') throw new ApiError('method_not_allowed', 'Use GET.')
    const caller = await door.admit(request, 'audit')
    if (!mayReadWholeLog(caller)) throw new ApiError('permission_missing', 'The log is one for all tenants: reading it takes the permission "audit" in all of them. /api/v1/audit/calls/{id} proves the calls of your own.')
    const path = request.url!.slice(PREFIX.length).split('?', 1)[0]!
    const bytes = isFile(path) ? await turns.take(`${caller.kind}:${caller.id}`, () => read(join(folder, path))) : null
    if (bytes === null) throw new ApiError('not_found', 'The log has no such file.')
    tell(caller)
    send(request, response, path, bytes)
  }

  return (request, response) => {
    if (!(request.url ?? '').startsWith(PREFIX)) return false
    request.resume()
    handle(request, response).catch((thrown: unknown) => fail(response, thrown, onDefect, request.method === 'GET' || request.method === 'HEAD' ? {} : { allow: 'GET, HEAD' }))
    return true
  }
}

/** A path is compared with the few that there are, in their one spelling: there is nothing in it to climb out by. */
function isFile(path: string): boolean {
  if (NOTES.has(path) || TIMESTAMP.test(path)) return true
  try {
    return parseTilePath(path).width > 0
  } catch {
    return false
  }
}

async function read(file: string): Promise<Buffer | null> {
  try {
    const handle = await open(file, 'r')
    try {
      return await handle.readFile()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}

function send(request: IncomingMessage, response: ServerResponse, path: string, bytes: Buffer): void {
  if (response.destroyed) return
  const isNote = NOTES.has(path)
  const range = rangeOf(request.headers.range, bytes.length)
  const body = range === null ? bytes : bytes.subarray(range.from, range.to)
  response.writeHead(range === null ? 200 : 206, {
    'content-type': isNote || path.endsWith('.checkpoint') ? 'text/plain; charset=utf-8' : 'application/octet-stream',
    'content-length': body.length,
    'accept-ranges': 'bytes',
    ...(range === null ? {} : { 'content-range': `bytes ${range.from}-${range.to - 1}/${bytes.length}` }),
    // For whoever has asked, since it takes a key.
    'cache-control': isNote ? 'no-cache' : 'private, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** One range of bytes, as `from` to before `to`; null = the whole file, as for whatever is not understood (RFC 9110, 14.2). */
function rangeOf(header: string | undefined, size: number): { readonly from: number; readonly to: number } | null {
  const match = /^bytes=(\d{1,15})-(\d{0,15})$/u.exec(header ?? '')
  if (match === null) return null
  const [from, to] = [Number(match[1]), match[2] === '' ? size : Math.min(size, Number(match[2]) + 1)]
  return from < to ? { from, to } : null
}
