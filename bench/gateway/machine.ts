import { cpus, release, totalmem, type as system } from 'node:os'

/** What the figures were measured on, in one line. */
export function machine(): string {
  return `${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${system()} ${release()}, Node ${process.version}`
}
