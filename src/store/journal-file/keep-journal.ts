import { open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import type { FileJournal } from './open-journal.ts'
import { type Removal, type RetentionLimits, segmentsToRemove, type SealedSegment } from './retention.ts'
import { SEGMENT_HEADER, segmentsOf } from './segment.ts'
import { UNREAD_FILE, type UnreadRemoval } from './unread-removal.ts'

export interface KeepJournalOptions {
  readonly folder: string
  readonly journal: Pick<FileJournal, 'seal'>
  /** Asked at each turn, so that another configuration holds from then on. */
  readonly limits: () => RetentionLimits
  readonly clock: Clock
  /** Told of what went although somebody had not read it. */
  readonly onUnread: (removal: UnreadRemoval) => void
  /** Told of what failed, once; null = it works again. */
  readonly onTrouble: (error: Error | null) => void
  /** Calls `work` after so long; gives what cancels it. */
  readonly later: (work: () => void, ms: number) => () => void
}

export interface JournalKeeper {
  /** Keeps what `reader` needs: all from the position that `from` gives on. To be said before `start`. */
  readonly hold: (reader: string, from: () => number) => void
  readonly start: () => void
  readonly stats: () => KeeperStats
  /** Waits for the turn that runs. */
  readonly stop: () => Promise<void>
}

export interface KeeperStats {
  /** On disk, all segments. */
  readonly bytes: number
  readonly removed: number
  /** Of these, segments that a reader had not read to its end. */
  readonly removedUnread: number
}

const TURN_MS = 10_000
const DAY_MS = 86_400_000
/** A segment is sealed after this part of `keepMs`, but a day at most: what a quiet gateway writes shall not stay for years. */
const SEAL_SHARE = 30

/** Keeps a journal within its limits: looks every ten seconds, seals what is old, removes whole segments. */
export function keepJournal(options: KeepJournalOptions): JournalKeeper {
  const { folder, journal, limits, clock, onUnread, onTrouble, later } = options
  const readers = new Map<string, () => number>()
  const counted = { bytes: 0, removed: 0, removedUnread: 0 }
  let failing = false
  let stopped = false
  let cancel: (() => void) | null = null
  let running: Promise<void> = Promise.resolve()

  const step = async (): Promise<void> => {
    const { sealed, newest } = await segmentsIn(folder)
    counted.bytes = sealed.reduce((sum, { bytes }) => sum + bytes, newest?.bytes ?? 0)
    if (newest === null) return
    const { keepMs, maxBytes } = limits()
    const now = clock.now()
    if (keepMs !== null && newest.bytes > SEGMENT_HEADER && newest.begunAt > 0 && now - newest.begunAt > Math.min(DAY_MS, keepMs / SEAL_SHARE)) journal.seal()
    const removals = segmentsToRemove(sealed, newest.bytes, { keepMs, maxBytes }, now, new Map([...readers].map(([reader, from]) => [reader, from()])))
    const unread = removals.filter(({ unreadBy }) => unreadBy.length > 0)
    if (unread.length > 0) await tell(unread, sealed, now)
    for (const { segment, unreadBy } of removals) {
      await remove(folder, segment.file)
      counted.bytes -= segment.bytes
      counted.removed++
      if (unreadBy.length > 0) counted.removedUnread++
    }
  }
  /** Before it happens: a loss that nobody hears of would be the worse one. Who misses it reads of a gap (`readJournal`). */
  const tell = async (unread: readonly Removal[], sealed: readonly SealedSegment[], at: number): Promise<void> => {
    const first = sealed.indexOf(unread[0]!.segment)
    const removal: UnreadRemoval = {
      at,
      readers: [...new Set(unread.flatMap(({ unreadBy }) => unreadBy))],
      from: sealed[first - 1]?.writtenAt ?? null,
      until: unread.at(-1)!.segment.writtenAt,
      bytes: unread.reduce((sum, { segment }) => sum + segment.bytes, 0),
    }
    onUnread(removal)
    // The limit holds even where the disk takes nothing more.
    await writeFile(join(folder, UNREAD_FILE), JSON.stringify(removal), { mode: 0o600 }).catch(() => {})
  }
  const turn = async (): Promise<void> => {
    try {
      await step()
      if (failing) onTrouble(null)
      failing = false
    } catch (error) {
      if (!failing) onTrouble(error as Error)
      failing = true
    }
    if (!stopped) schedule()
  }
  const schedule = (): void => {
    cancel = later(() => {
      running = turn()
    }, TURN_MS)
  }

  return {
    hold: (reader, from) => void readers.set(reader, from),
    start: schedule,
    stats: () => ({ ...counted }),
    stop: async () => {
      stopped = true
      cancel?.()
      await running
    },
  }
}

interface Newest {
  readonly bytes: number
  /** Unix ms; 0 where the file system does not say. */
  readonly begunAt: number
}

async function segmentsIn(folder: string): Promise<{ readonly sealed: SealedSegment[]; readonly newest: Newest | null }> {
  const segments = segmentsOf(await readdir(folder))
  const files = await Promise.all(segments.map(({ file }) => stat(join(folder, file))))
  const sealed = segments.slice(0, -1).map(({ file, base }, index) => ({ file, base, end: segments[index + 1]!.base, bytes: files[index]!.size, writtenAt: Math.floor(files[index]!.mtimeMs) }))
  const last = files.at(-1)
  return { sealed, newest: last === undefined ? null : { bytes: last.size, begunAt: last.birthtimeMs } }
}

/** A segment, and copies of it that were kept as damaged. Synced one by one: after a power cut no hole may be in the middle. */
async function remove(folder: string, file: string): Promise<void> {
  for (const name of await readdir(folder)) if (name.startsWith(`${file}.damaged-`)) await rm(join(folder, name), { force: true })
  await rm(join(folder, file), { force: true })
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
