import { cpus, loadavg, release, totalmem, type as system } from 'node:os'

/** What the figures were measured on, in one line, and how busy it was with other things just before. */
export function machine(): string {
  return `${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${system()} ${release()}, Node ${process.version}; load average before ${loadavg()[0]!.toFixed(1)}`
}
