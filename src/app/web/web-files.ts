import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

/** One file of the dashboard, whole and as it was compressed when it was built. */
export interface WebFile {
  readonly type: string
  readonly body: Buffer
  readonly br: Buffer | null
  readonly gzip: Buffer | null
  /** Its name has a hash of what is in it, so it never changes. */
  readonly forever: boolean
  /** For asking whether it has changed. */
  readonly tag: string
}

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
}

/**
 * All of the built dashboard, in memory: some hundreds of kilobytes that no request reads from the disk for. Empty where it was not
 * built. A path that is not among them does not exist, so none can lead out of the folder.
 */
export function readWebFiles(folder: string, tagOf: (bytes: Buffer) => string): ReadonlyMap<string, WebFile> {
  const files = new Map<string, WebFile>()
  if (!existsSync(join(folder, 'index.html'))) return files
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const extension = entry.name.slice(entry.name.lastIndexOf('.') + 1)
    const type = TYPES[extension]
    if (!entry.isFile() || type === undefined) continue
    const file = join(entry.parentPath, entry.name)
    const path = `/${relative(folder, file).split(sep).join('/')}`
    const packed = (ending: string): Buffer | null => (existsSync(`${file}${ending}`) ? readFileSync(`${file}${ending}`) : null)
    const body = readFileSync(file)
    files.set(path, { type, body, br: packed('.br'), gzip: packed('.gz'), forever: path.startsWith('/assets/'), tag: `"${tagOf(body)}"` })
  }
  return files
}
