import type { Random } from '../../core/random.ts'
import { signerOf } from '../note/testing.ts'
import type { LogOptions } from './open-log.ts'
import type { LogFs } from './log-fs.ts'

export class Crash extends Error {}

/**
 * A disk in memory that forgets what a real one may forget. File contents are on disk once written whole; names (made,
 * renamed, removed) once their folder is synced. `fault` is asked before each operation that changes something: an error
 * code makes it fail, `crash` ends the world in the middle of it, half written.
 */
export class FakeFs implements LogFs {
  /** Null = a folder. */
  #live = new Map<string, Buffer | null>([['/log', null], ['/private', null], ['/', null]])
  #durable = new Map(this.#live)
  /** Changes of names that are not on disk, by folder, oldest first. */
  #pending: { readonly folder: string; readonly path: string; readonly content: Buffer | null | undefined }[] = []
  readonly #random: Random
  operations = 0
  fault: (operation: 'write' | 'rename' | 'sync' | 'make' | 'remove') => string | null = () => null

  constructor(random: Random) {
    this.#random = random
  }

  read(file: string): Buffer | null {
    return this.#live.get(file) ?? null
  }

  list(folder: string): string[] {
    return [...this.#live.keys()].filter((path) => parentOf(path) === folder && path !== folder).map((path) => path.slice(folder.length + 1))
  }

  makeFolder(folder: string): void {
    this.#check('make')
    if (!this.#live.has(folder)) this.#change(folder, null)
  }

  write(file: string, bytes: Uint8Array): void {
    this.#check('write', () => this.#change(file, Buffer.from(bytes.subarray(0, Math.floor(this.#random() * (bytes.length + 1))))))
    if (!this.#live.has(parentOf(file))) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' })
    this.#change(file, Buffer.from(bytes))
  }

  rename(from: string, to: string): void {
    this.#check('rename')
    const content = this.#live.get(from)!
    this.#change(to, content)
    this.#change(from, undefined)
  }

  syncFolder(folder: string): void {
    this.#check('sync')
    for (const change of this.#pending) if (change.folder === folder) apply(this.#durable, change.path, change.content)
    this.#pending = this.#pending.filter((change) => change.folder !== folder)
  }

  remove(path: string): void {
    if (!this.#live.has(path)) return
    this.#check('remove')
    this.#change(path, undefined)
  }

  /** The power comes back: of what was not on disk, each change of a name has happened or not, by chance. */
  restart(): void {
    for (const { path, content } of this.#pending) if (this.#random() < 0.5) apply(this.#durable, path, content)
    // What lies in folders that were lost is lost with them.
    for (const path of this.#durable.keys()) if (!this.#reachable(path)) this.#durable.delete(path)
    this.#live = new Map(this.#durable)
    this.#pending = []
    this.fault = () => null
  }

  /** All files by path, for comparing and for keeping an old copy. */
  copy(prefix = '/'): Map<string, Buffer | null> {
    return new Map([...this.#live].filter(([path]) => path.startsWith(prefix)))
  }

  /** Puts an old copy of a folder in its place. */
  putBack(prefix: string, copy: ReadonlyMap<string, Buffer | null>): void {
    for (const path of this.#live.keys()) if (path.startsWith(prefix)) this.#live.delete(path)
    for (const [path, content] of copy) this.#live.set(path, content)
    this.#durable = new Map(this.#live)
    this.#pending = []
  }

  edit(file: string, change: (content: Buffer) => Buffer): void {
    this.#live.set(file, change(Buffer.from(this.#live.get(file)!)))
  }

  #reachable(path: string): boolean {
    return path === '/' || (this.#durable.has(parentOf(path)) && this.#reachable(parentOf(path)))
  }

  #change(path: string, content: Buffer | null | undefined): void {
    apply(this.#live, path, content)
    this.#pending.push({ folder: parentOf(path), path, content })
  }

  #check(operation: 'write' | 'rename' | 'sync' | 'make' | 'remove', half?: () => void): void {
    this.operations++
    const code = this.fault(operation)
    if (code === null) return
    half?.()
    throw code === 'crash' ? new Crash(code) : Object.assign(new Error(code), { code })
  }
}

export const SIGNER = signerOf('log.example/audit', 7)

export function optionsOn(fs: LogFs): LogOptions {
  return { folder: '/log', privateFolder: '/private', signer: SIGNER, fs, lock: () => () => {} }
}

function apply(map: Map<string, Buffer | null>, path: string, content: Buffer | null | undefined): void {
  if (content === undefined) map.delete(path)
  else map.set(path, content)
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')))
}
