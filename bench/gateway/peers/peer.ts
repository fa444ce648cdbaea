import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Target } from '../target.ts'

/** Another gateway. It lives in a folder of its own that git ignores, and is no dependency of Spillway. */
export interface Peer {
  readonly name: string
  /** Puts it into its empty folder; throws where that fails. */
  readonly install: (folder: string) => void
  /** How to run what was installed there. */
  readonly target: (folder: string) => Target
}

export type Found = { readonly target: Target } | { readonly missing: string }

const SIDE = fileURLToPath(new URL('../../../.bench-peers', import.meta.url))
const HERE = fileURLToPath(new URL('.', import.meta.url))
const FAILED = 'failed.txt'
const DONE = 'installed.txt'

/** Installs a peer anew. Returns null, or why it could not be; `findPeer` says the same from then on. */
export function installPeer({ name, install }: Peer): string | null {
  const folder = join(SIDE, name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  try {
    install(folder)
  } catch (error) {
    const why = lastLine(error)
    writeFileSync(join(folder, FAILED), why)
    return why
  }
  writeFileSync(join(folder, DONE), '')
  return null
}

export function findPeer({ name, target }: Peer): Found {
  const folder = join(SIDE, name)
  if (existsSync(join(folder, DONE))) return { target: target(folder) }
  if (existsSync(join(folder, FAILED))) return { missing: `could not be installed: ${readFileSync(join(folder, FAILED), 'utf8')}` }
  return { missing: 'not installed; npm run bench:peers does it' }
}

/** Pinned versions and settings that stand beside this file. */
export function copyHere(from: string, to: string): void {
  cpSync(join(HERE, from), to, { recursive: true })
}

/** Runs a program of an installation to its end and returns what it printed; throws where it fails. */
export function run(command: string, args: readonly string[], { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> }): string {
  return execFileSync(command, args, { cwd, env: { ...process.env, ...env }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 2 ** 20 })
}

function lastLine(error: unknown): string {
  const { stderr, message } = error as { readonly stderr?: string; readonly message: string }
  const lines = `${stderr ?? ''}`.split('\n').filter((line) => /error/iu.test(line))
  return (lines.at(-1) ?? message.split('\n')[0] ?? '').replace('[cause]:', '').trim().slice(0, 300)
}
