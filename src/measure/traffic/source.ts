import { open, stat } from 'node:fs/promises'
import { SpillwayError } from '../../core/errors.ts'

const CHUNK_BYTES = 256 * 1024

/** The bytes of a traffic file, and their number where it is known beforehand. */
export interface ByteSource {
  readonly name: string
  readonly totalBytes: number | null
  readonly chunks: AsyncIterable<Uint8Array>
}

/**
 * Opens a file, or standard input for `-`. Throws FILE_NOT_FOUND, FILE_IS_DIRECTORY or FILE_NOT_READABLE; the same
 * errors may come while reading.
 */
export async function openSource(file: string): Promise<ByteSource> {
  if (file === '-') return { name: 'standard input', totalBytes: null, chunks: guarded(file, process.stdin) }
  try {
    const info = await stat(file)
    if (info.isDirectory()) throw new SpillwayError('FILE_IS_DIRECTORY', 'this is a directory', 'Name one file in it', { file })
    return { name: file, totalBytes: info.isFile() ? info.size : null, chunks: guarded(file, readAll(file)) }
  } catch (error) {
    throw named(file, error)
  }
}

/** Opened only when the first bytes are asked for, so that whoever never asks leaves nothing open. */
async function* readAll(file: string): AsyncGenerator<Uint8Array> {
  const handle = await open(file)
  try {
    for (;;) {
      // A new buffer each time: gunzip may hold on to the last one while the next is read.
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafeSlow(CHUNK_BYTES), 0, CHUNK_BYTES, null)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

async function* guarded(file: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks
  } catch (error) {
    throw named(file, error)
  }
}

function named(file: string, error: unknown): unknown {
  if (error instanceof SpillwayError || !(error instanceof Error) || !('code' in error)) return error
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return new SpillwayError('FILE_NOT_FOUND', 'there is no such file', 'Check the path', { file })
  return new SpillwayError('FILE_NOT_READABLE', `it cannot be read (${String(error.code)})`, 'Check that the file exists and that you may read it', { file })
}
