import { closeSync, copyFileSync, fdatasyncSync, fstatSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readdirSync, readSync, rmSync, writeSync } from 'node:fs'

/** What the writer does to a disk, so that a test may let any of it fail. Synchronous: it runs in a thread of its own. */
export interface JournalFs {
  readonly makeFolder: (folder: string) => void
  readonly list: (folder: string) => readonly string[]
  /** `w` creates or empties, `r+` opens for reading and writing. */
  readonly open: (file: string, flags: 'w' | 'r+') => number
  readonly read: (fd: number, buffer: Buffer, position: number) => number
  /** May write less than all. */
  readonly write: (fd: number, bytes: Buffer, position: number) => number
  readonly truncate: (fd: number, length: number) => void
  readonly sync: (fd: number) => void
  readonly syncFolder: (folder: string) => void
  readonly stat: (fd: number) => { readonly size: number; readonly mtimeMs: number }
  readonly close: (fd: number) => void
  readonly copy: (from: string, to: string) => void
  readonly remove: (file: string) => void
}

export const nodeFs: JournalFs = {
  makeFolder: (folder) => void mkdirSync(folder, { recursive: true, mode: 0o700 }),
  list: (folder) => readdirSync(folder),
  // Records hold who asked for what: readable by the owner alone.
  open: (file, flags) => openSync(file, flags, 0o600),
  read: (fd, buffer, position) => readSync(fd, buffer, 0, buffer.length, position),
  write: (fd, bytes, position) => writeSync(fd, bytes, 0, bytes.length, position),
  truncate: ftruncateSync,
  sync: fdatasyncSync,
  syncFolder: (folder) => {
    const fd = openSync(folder, 'r')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  },
  stat: (fd) => fstatSync(fd),
  close: closeSync,
  copy: (from, to) => copyFileSync(from, to),
  remove: (file) => rmSync(file, { force: true }),
}
