import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { RetentionLimits } from '../../store/journal-file/retention.ts'
import { segmentsOf } from '../../store/journal-file/segment.ts'
import { lastUnreadRemoval } from '../../store/journal-file/unread-removal.ts'
import { freeBytes } from './check-host.ts'
import { ok, warn, type Finding } from './finding.ts'

const DAY_MS = 86_400_000
/** The rate is that of so long, where there is as much. */
const WINDOW_MS = 7 * DAY_MS
/** From less than this no rate is told. */
const SHORTEST_MS = 3_600_000
/** A loss of so long ago is no news. */
const NEWS_MS = 30 * DAY_MS

/** How large the journal is, how fast it grows, whether its limits fit the disk, and whether a reader has missed records. */
export function checkJournal(folder: string, limits: RetentionLimits, now: number, space: (folder: string) => number = freeBytes): Finding[] {
  const segments = segmentsIn(folder)
  if (segments.length === 0) return []
  return [size(segments, limits, now, space(folder)), ...unread(folder, now)]
}

interface Segment {
  readonly bytes: number
  /** Unix ms; 0 where the file system does not say. */
  readonly begunAt: number
  readonly writtenAt: number
}

function segmentsIn(folder: string): Segment[] {
  try {
    return segmentsOf(readdirSync(folder)).map(({ file }) => {
      const { size: bytes, birthtimeMs: begunAt, mtimeMs: writtenAt } = statSync(join(folder, file))
      return { bytes, begunAt, writtenAt }
    })
  } catch {
    // None is there, or a file has gone meanwhile: what cannot be read at all is told of the data folder.
    return []
  }
}

function size(segments: readonly Segment[], { keepMs, maxBytes }: RetentionLimits, now: number, free: number): Finding {
  const total = segments.reduce((sum, { bytes }) => sum + bytes, 0)
  const rate = bytesPerDay(segments, now)
  const is = `${gigabytes(total)} of at most ${gigabytes(maxBytes)}`
  if (rate === null) return ok('journal', `${is}; too young to tell how fast it grows`)
  const grows = `${is}, ${gigabytes(rate)} a day`
  if (rate <= 0) return ok('journal', grows)
  const wanted = keepMs === null ? Infinity : (rate * keepMs) / DAY_MS
  const lasts = `at this rate the disk (${gigabytes(free)} free) lasts ${days(free / rate)}`
  if (Math.min(wanted, maxBytes) - total > free) return warn('journal', `${grows}; ${lasts}, and the limits of the journal let it grow further`, `Free space, or set journal.maxSize to ${gigabytes(0.8 * (total + free))} or less`)
  if (keepMs !== null && wanted > maxBytes) return warn('journal', `${grows}; journal.maxSize holds ${days(maxBytes / rate)}, journal.keep asks for ${days(keepMs / DAY_MS)}`, 'Raise journal.maxSize or lower journal.keep')
  return ok('journal', `${grows}; ${lasts}, and the journal stays within its limits`)
}

/** Null where the journal is too young. */
function bytesPerDay(segments: readonly Segment[], now: number): number | null {
  const recent = segments.filter(({ writtenAt }) => writtenAt >= now - WINDOW_MS)
  const first = recent[0]
  if (first === undefined) return 0
  const span = now - first.begunAt
  return first.begunAt <= 0 || span < SHORTEST_MS ? null : (recent.reduce((sum, { bytes }) => sum + bytes, 0) / span) * DAY_MS
}

function unread(folder: string, now: number): Finding[] {
  const last = lastUnreadRemoval(folder)
  if (last === null || now - last.at > NEWS_MS) return []
  const message = `on ${new Date(last.at).toISOString().slice(0, 10)} it was too large, and ${gigabytes(last.bytes)} were removed that had not been read by: ${last.readers.join(', ')}`
  return [warn('journal', message, "Raise journal.maxSize, and look in the server's log why they were behind; what they miss is a gap in their records")]
}

function gigabytes(bytes: number): string {
  return bytes >= 1e8 ? `${(bytes / 1e9).toFixed(1)} GB` : bytes >= 1e6 ? `${(bytes / 1e6).toFixed(0)} MB` : `${(bytes / 1e3).toFixed(0)} KB`
}

function days(count: number): string {
  return count > 3650 ? 'more than 10 years' : count < 2 ? `${Math.max(0, Math.floor(count * 24))} hours` : `${Math.floor(count)} days`
}
