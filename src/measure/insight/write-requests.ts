import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { SpillwayError } from '../../core/errors.ts'
import type { LeanRequest } from './analyse.ts'

/** Writes requests as Spillway's own JSON lines (measure/traffic/own-jsonl.ts) into a new file. Throws FILE_NOT_WRITABLE. */
export async function writeRequests(file: string, requests: AsyncIterable<LeanRequest>): Promise<void> {
  const out = createWriteStream(file, { flags: 'wx' })
  const done = finished(out)
  // It is awaited below, also where the disk refuses in the middle.
  done.catch(() => {})
  try {
    await once(out, 'open')
    for await (const { at, inputTokens, cachedTokens, outputTokens } of requests) {
      const line = `${JSON.stringify({ t: new Date(at).toISOString(), input: inputTokens, output: outputTokens, cached: Math.min(cachedTokens, inputTokens) })}\n`
      if (!out.write(line)) await Promise.race([once(out, 'drain'), done])
    }
    out.end()
    await done
  } catch (error) {
    out.destroy()
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    throw new SpillwayError('FILE_NOT_WRITABLE', code === 'EEXIST' ? 'there is such a file already' : `the trace cannot be written (${code})`, code === 'EEXIST' ? 'Give a new name, or remove it' : 'Check the folder and its free space', { file }, { cause: error })
  }
}
