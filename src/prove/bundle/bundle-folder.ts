import { createHash, type Hash } from 'node:crypto'
import { appendFileSync, createReadStream, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { lstat, readFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { SpillwayError } from '../../core/errors.ts'
import { bundleProblem, sha256 } from './bundle-format.ts'
import type { BundleReader } from './verify-bundle.ts'
import type { BundleSink } from './write-bundle.ts'

/** A bundle of 256 entries of 65,535 bytes is the longest file that is read whole. */
const MAX_BYTES = 17 * 1024 * 1024
/** An entry and its number. */
const MAX_LINE = 70_000
/** What a stranger's folder may hold. */
const MAX_FILES = 500_000

/** A new folder for an export. Throws FILE_NOT_WRITABLE, also where something is there already. */
export function folderSink(folder: string): BundleSink {
  const sums = new Map<string, Hash>()
  const made = new Set<string>()
  const place = (path: string): string => {
    const file = join(folder, path)
    if (!made.has(dirname(file))) mkdirSync(dirname(file), { recursive: true })
    made.add(dirname(file))
    return file
  }
  const write = (path: string, work: (file: string) => void): void => {
    try {
      work(place(path))
    } catch (error) {
      throw new SpillwayError('FILE_NOT_WRITABLE', `the export cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`, 'Name a folder on a disk with room', { file: join(folder, path) }, { cause: error })
    }
  }
  if (existsSync(folder)) throw new SpillwayError('FILE_NOT_WRITABLE', 'there is something already', 'Name a folder that is not there yet', { file: folder })
  return {
    put: (path, bytes) => write(path, (file) => writeFileSync(file, bytes, { flag: 'wx' })),
    append: (path, bytes) => {
      const sum = sums.get(path) ?? createHash('sha256')
      sums.set(path, sum.update(bytes))
      write(path, (file) => appendFileSync(file, bytes))
    },
    sum: (path) => sums.get(path)!.copy().digest('hex'),
  }
}

/** An export as it came, from whomever: nothing outside of the folder is read, and nothing but plain files. */
export function folderReader(folder: string): BundleReader {
  const sizeOf = async (path: string): Promise<number> => {
    if (path.startsWith('/') || /(?:^|[/\\])\.\.(?:[/\\]|$)|\0/u.test(path)) throw bundleProblem('leads out of the export', path)
    const found = await lstat(join(folder, path))
    if (!found.isFile()) throw bundleProblem('is no plain file', path)
    return found.size
  }
  return {
    read: (path) =>
      orNull(path, async () => {
        if ((await sizeOf(path)) > MAX_BYTES) throw bundleProblem('is longer than a file of an export can be', path)
        return readFile(join(folder, path))
      }),
    sum: (path) =>
      orNull(path, async () => {
        if ((await sizeOf(path)) <= MAX_BYTES) return sha256(await readFile(join(folder, path)))
        const sum = createHash('sha256')
        for await (const chunk of createReadStream(join(folder, path))) sum.update(chunk as Buffer)
        return sum.digest('hex')
      }),
    list: () => {
      const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory())
      if (files.length > MAX_FILES) throw bundleProblem(`holds more than ${MAX_FILES} files`, folder)
      return files.map(({ parentPath, name }) => relative(folder, join(parentPath, name)).split(sep).join('/'))
    },
    lines: (path) => lines(createReadStream(join(folder, path)), path),
  }
}

/** Split at newlines alone: names may hold what other readers take for the end of a line. */
async function* lines(chunks: AsyncIterable<Buffer>, path: string): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let start = 0
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, start)) {
      yield rest.toString('utf8', start, end)
      start = end + 1
    }
    rest = rest.subarray(start)
    if (rest.length > MAX_LINE) throw bundleProblem('has a line that is longer than an entry', path)
  }
  if (rest.length > 0) yield rest.toString('utf8')
}

async function orNull<T>(path: string, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof SpillwayError) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw bundleProblem(`cannot be read (${code ?? 'unknown'})`, path, error)
  }
}
