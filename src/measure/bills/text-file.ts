import { SpillwayError } from '../../core/errors.ts'
import { gunzipIfNeeded } from '../traffic/gunzip.ts'
import { openSource } from '../traffic/source.ts'

export type OnBytes = (read: number, total: number | null) => void

const MAGIC: readonly (readonly [bytes: string, what: string, mend: string])[] = [
  ['504b0304', 'is a ZIP archive or a spreadsheet', 'Unpack it, or export CSV'],
  ['50415231', 'is a Parquet file', 'Export the report as CSV or gzip-compressed CSV'],
  ['fffe', 'is UTF-16 text', 'Save it as UTF-8'],
  ['feff', 'is UTF-16 text', 'Save it as UTF-8'],
]

/**
 * The text of a UTF-8 file, plain or gzip (known by its first bytes, not its name), in chunks; `-` is standard input.
 * Throws a coded error for a missing file, a folder, archives and other encodings, invalid UTF-8 and broken gzip.
 * Before it throws for bytes in the middle it yields the good text in front of them, so that the reader knows the row.
 */
export async function* textChunks(file: string, onBytes: OnBytes = () => {}): AsyncGenerator<string> {
  const source = await openSource(file)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let first = true
  try {
    for await (const bytes of gunzipIfNeeded(file, counted(source.chunks, source.totalBytes, onBytes))) {
      if (first) refuseBinary(file, bytes)
      first = false
      yield* decodeOrExplain(file, () => decoder.decode(bytes, { stream: true }), bytes)
    }
    yield* decodeOrExplain(file, () => decoder.decode(), new Uint8Array(0))
  } catch (error) {
    if (error instanceof SpillwayError && error.code === 'TRAFFIC_GZIP_BROKEN') throw new SpillwayError('BILL_GZIP_BROKEN', error.message, error.mend, error.place, { cause: error })
    throw error
  }
}

async function* counted(chunks: AsyncIterable<Uint8Array>, total: number | null, onBytes: OnBytes): AsyncGenerator<Uint8Array> {
  let read = 0
  for await (const bytes of chunks) {
    read += bytes.length
    onBytes(read, total)
    yield bytes
  }
}

function refuseBinary(file: string, bytes: Uint8Array): void {
  const start = Buffer.from(bytes.subarray(0, 4)).toString('hex')
  const found = MAGIC.find(([magic]) => start.startsWith(magic))
  if (found !== undefined) throw new SpillwayError('BILL_FORMAT_UNKNOWN', `the file ${found[1]}`, found[2], { file })
}

function* decodeOrExplain(file: string, decode: () => string, bytes: Uint8Array): Generator<string> {
  let text: string
  try {
    text = decode()
  } catch (error) {
    const lossy = new TextDecoder().decode(bytes)
    const bad = lossy.indexOf('\uFFFD')
    if (bad > 0) yield lossy.slice(0, bad)
    throw new SpillwayError('BILL_ENCODING', 'the text is not valid UTF-8', 'Save the file as UTF-8', { file }, { cause: error })
  }
  if (text !== '') yield text
}
