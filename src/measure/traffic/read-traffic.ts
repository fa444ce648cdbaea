import { SpillwayError } from '../../core/errors.ts'
import { gunzipIfNeeded } from './gunzip.ts'
import type { ReadOptions, TrafficReading } from './reading.ts'
import { openSource } from './source.ts'
import { TrafficParser } from './traffic-parser.ts'

const PROGRESS_BYTES = 1024 * 1024
const DAY_SECONDS = 86_400

/** Reads a traffic file (`-` = standard input). Throws a SpillwayError that names file, row and column. */
export async function readTraffic(source: { readonly file: string }, options: ReadOptions = {}): Promise<TrafficReading> {
  const { name, totalBytes, chunks } = await openSource(source.file)
  return readTrafficChunks({ name, totalBytes, chunks }, options)
}

/**
 * Reads traffic from bytes as they come, plain or gzip: one pass, and memory that follows the span of the trace, not
 * its size. `name` stands for the file in errors.
 */
export async function readTrafficChunks(source: { readonly name: string; readonly totalBytes?: number | null; readonly chunks: AsyncIterable<Uint8Array> }, options: ReadOptions = {}): Promise<TrafficReading> {
  checkBinWidth(options.binSeconds)
  const parser = new TrafficParser(source.name, options)
  const counted = count(source.chunks, (bytes) => options.onProgress?.(bytes, source.totalBytes ?? null, parser.rows))
  for await (const chunk of gunzipIfNeeded(source.name, counted)) parser.push(chunk)
  return parser.finish()
}

async function* count(chunks: AsyncIterable<Uint8Array>, report: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let bytes = 0
  let reported = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes - reported >= PROGRESS_BYTES) {
      report(bytes)
      reported = bytes
    }
    yield chunk
  }
  report(bytes)
}

function checkBinWidth(seconds: number | undefined): void {
  if (seconds === undefined || (Number.isInteger(seconds) && seconds >= 1 && DAY_SECONDS % seconds === 0)) return
  throw new SpillwayError('DURATION_INVALID', `a bin of ${seconds} s does not divide a day`, 'Give a bin such as 60s, 5m, 10m or 1h')
}
