import { SpillwayError } from '../../core/errors.ts'
import { HASH_BYTES } from '../tree/hash.ts'
import { MAX_ENTRY_BYTES } from './entry-bundle.ts'
import { TILE_WIDTH } from './tile-path.ts'
import type { TileSource } from './tile-source.ts'

const TIMEOUT_MS = 30_000
const MAX_NOTE_BYTES = 1_000_000
const MAX_BUNDLE_BYTES = TILE_WIDTH * (MAX_ENTRY_BYTES + 2)

export interface HttpSourceOptions {
  readonly fetch?: typeof globalThis.fetch
  readonly timeoutMs?: number
  /** Sent to that address alone, as a bearer token; null = none. */
  readonly secret?: string | null
}

/**
 * A log that a static web server publishes. Each file has 30 s and the most bytes that such a file can have; redirects are not
 * followed. Throws AUDIT_FETCH_FAILED for anything but 200 and 404.
 */
export function httpSource(base: string, { fetch = globalThis.fetch, timeoutMs = TIMEOUT_MS, secret = null }: HttpSourceOptions = {}): TileSource {
  const headers: Record<string, string> = secret === null ? {} : { authorization: `Bearer ${secret}` }
  const root = base.endsWith('/') ? base : `${base}/`
  return {
    read: async (path) => {
      const url = new URL(path, root).href
      try {
        const response = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) })
        if (response.status === 404) {
          await response.body?.cancel()
          return null
        }
        if (response.status !== 200) throw new Error(`status ${response.status}`)
        return await readBody(response, longest(path))
      } catch (error) {
        throw new SpillwayError('AUDIT_FETCH_FAILED', `the log cannot be fetched (${reasonOf(error)})`, 'Check the address: it is the folder that holds "checkpoint" and "tile/"', { file: url }, { cause: error })
      }
    },
  }
}

function longest(path: string): number {
  if (path.startsWith('tile/entries/')) return MAX_BUNDLE_BYTES
  return path.startsWith('tile/') ? TILE_WIDTH * HASH_BYTES : MAX_NOTE_BYTES
}

async function readBody(response: Response, most: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > most) throw new Error(`longer than ${most} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : message
}
