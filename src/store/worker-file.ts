import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Where the program of a thread stands: `source`, beside the module that starts it, in the sources; `built` in dist/, where that
 * module may be in a chunk in a folder of it.
 */
export function workerFile(source: URL, built: string, inSources: boolean = import.meta.url.endsWith('.ts')): URL {
  if (inSources) return source
  const candidates = [built, `../${built}`].map((name) => new URL(name, source))
  return candidates.find((url) => existsSync(fileURLToPath(url))) ?? candidates[0]!
}
