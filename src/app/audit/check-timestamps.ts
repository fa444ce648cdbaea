import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SpillwayError } from '../../core/errors.ts'
import { openCheckpoint } from '../../prove/note/checkpoint.ts'
import type { Verifier } from '../../prove/note/keys.ts'
import { tileNodes } from '../../prove/tiles/tile-reader.ts'
import { directorySource } from '../../prove/tiles/tile-source.ts'
import { sameHash } from '../../prove/tree/hash.ts'
import { rootAt } from '../../prove/tree/make-proof.ts'
import { currentCheckpoint } from '../../prove/verify/prove-entry.ts'

/** In the folder of a log: `<size>.checkpoint` and the answer about it, `<size>.tsr`. */
export const TIMESTAMPS = 'timestamps'

export interface Timestamp {
  readonly size: number
  /** As openssl prints it. */
  readonly time: string
}

/** The sizes that there are timestamps of, ascending. */
export function timestampSizes(folder: string): number[] {
  try {
    return readdirSync(join(folder, TIMESTAMPS))
      .flatMap((name) => /^(0|[1-9]\d{0,15})\.tsr$/u.exec(name)?.[1] ?? [])
      .map(Number)
      .toSorted((a, b) => a - b)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new SpillwayError('FILE_NOT_READABLE', 'the timestamps cannot be read', 'Check the folder and its permissions', { file: join(folder, TIMESTAMPS) }, { cause: error })
  }
}

/**
 * Every timestamp of a log: that the authority (under a certificate in `caFile`) has signed for that checkpoint, by `openssl ts`,
 * and that the log still begins with it. Throws AUDIT_TIMESTAMP_INVALID, AUDIT_FORKED, and what opening the checkpoints throws.
 */
export async function checkTimestamps(folder: string, log: Verifier, caFile: string): Promise<Timestamp[]> {
  const source = directorySource(folder)
  const { size: now } = await currentCheckpoint(source, log)
  const found: Timestamp[] = []
  for (const size of timestampSizes(folder)) {
    const [data, reply] = [`${size}.checkpoint`, `${size}.tsr`].map((name) => join(folder, TIMESTAMPS, name)) as [string, string]
    const checkpoint = openCheckpoint(readFileSync(data), log)
    if (checkpoint.size !== BigInt(size) || size > now || !sameHash(await rootAt(size, tileNodes(source, now)), checkpoint.root)) {
      throw new SpillwayError('AUDIT_FORKED', `the log does not begin with the ${size} entries that have a timestamp`, 'The log was rewritten or rolled back. Keep everything and find out by whom', { file: data })
    }
    const verified = openssl(['ts', '-verify', '-data', data, '-in', reply, '-CAfile', caFile])
    if (verified.status !== 0) throw new SpillwayError('AUDIT_TIMESTAMP_INVALID', 'openssl does not verify this timestamp', 'Check that the certificate is the authority\'s; a timestamp that does not verify proves nothing', { file: reply })
    const time = /^Time stamp: (.*)$/mu.exec(openssl(['ts', '-reply', '-in', reply, '-text']).stdout)?.[1] ?? 'unknown'
    found.push({ size, time })
  }
  return found
}

function openssl(args: readonly string[]): { readonly status: number | null; readonly stdout: string } {
  const run = spawnSync('openssl', args, { encoding: 'utf8', timeout: 30_000 })
  if (run.error !== undefined) throw new SpillwayError('AUDIT_TIMESTAMP_INVALID', 'openssl cannot be run, and it is what verifies timestamps', 'Install openssl', {}, { cause: run.error })
  return run
}
