import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** What the log needs of a disk, so that tests can have one that fails. Paths are absolute; everything throws as Node does. */
export interface LogFs {
  /** Null where there is no such file. */
  readonly read: (file: string) => Buffer | null
  /** Names in a folder; none where it is not there. */
  readonly list: (folder: string) => readonly string[]
  /** One folder; no error where it is there. */
  readonly makeFolder: (folder: string) => void
  /** A whole file, on disk when it returns (its name is not: see `syncFolder`). */
  readonly write: (file: string, bytes: Uint8Array) => void
  readonly rename: (from: string, to: string) => void
  /** Names made, replaced or removed in the folder are on disk when it returns. */
  readonly syncFolder: (folder: string) => void
  /** A file or an empty folder; no error where it is not there. */
  readonly remove: (path: string) => void
}

export const nodeLogFs: LogFs = {
  read: (file) => {
    try {
      return readFileSync(file)
    } catch (error) {
      return nothingThere(error, null)
    }
  },
  list: (folder) => {
    try {
      return readdirSync(folder)
    } catch (error) {
      return nothingThere(error, [])
    }
  },
  makeFolder: (folder) => void mkdirSync(folder, { recursive: true }),
  write: (file, bytes) => {
    const fd = openSync(file, 'w')
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  },
  rename: renameSync,
  syncFolder: (folder) => {
    const fd = openSync(folder, 'r')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  },
  remove: (path) => rmSync(path, { force: true, recursive: true }),
}

/**
 * Puts whole files in place: each is written beside its place, synced, renamed; then every folder that changed is synced, so
 * that all of it is on disk when this returns. Paths are relative to `folder`, which is there.
 */
export function placeFiles(fs: LogFs, folder: string, files: readonly { readonly path: string; readonly bytes: Uint8Array }[]): void {
  const changed = new Set<string>()
  const made = new Set<string>([folder])
  const make = (wanted: string): void => {
    if (made.has(wanted)) return
    const parent = dirname(wanted)
    make(parent)
    fs.makeFolder(wanted)
    made.add(wanted)
    changed.add(parent)
  }
  for (const { path, bytes } of files) {
    const file = `${folder}/${path}`
    make(dirname(file))
    fs.write(`${file}.tmp`, bytes)
    fs.rename(`${file}.tmp`, file)
    changed.add(dirname(file))
  }
  for (const one of changed) fs.syncFolder(one)
}

function nothingThere<T>(error: unknown, otherwise: T): T {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR') return otherwise
  throw error
}
