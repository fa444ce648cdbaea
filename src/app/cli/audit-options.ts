import { readFileSync } from 'node:fs'
import { InvalidArgumentError, type Command } from 'commander'
import { SpillwayError } from '../../core/errors.ts'
import { POLICY } from '../../prove/bundle/bundle-format.ts'
import { VERIFIER_KEY } from '../../prove/log/log-files.ts'
import { parseVerifierKey, type Verifier } from '../../prove/note/keys.ts'
import { parsePolicy, type Policy } from '../../prove/note/policy.ts'
import type { TileSource } from '../../prove/tiles/tile-source.ts'
import { dataOption, type DataOption } from './data-option.ts'
import type { Io } from './io.ts'

/** The exit status where verification finds something. */
export const CHECK_FAILED = 3

export interface Shared extends DataOption {
  readonly json?: boolean
}

export interface KeyOption extends Shared {
  readonly key?: string
}

export function shared(command: Command): Command {
  return dataOption(command).option('--json', 'print JSON')
}

export function keyOption(command: Command): Command {
  return shared(command).option('--key <key>', "the log's verifier key or a file that holds it (default: verifier.key in the log)")
}

/** A key itself, a file of it, or the one that `fromLog` gives. */
export async function verifierOf(key: string | undefined, fromLog: () => Promise<Buffer | null>): Promise<Verifier> {
  if (key !== undefined) return parseVerifierKey(key.includes('+') ? key : readNamed(key).toString('utf8'))
  const found = await fromLog()
  if (found === null) throw new SpillwayError('AUDIT_LOG_MISSING', `there is no ${VERIFIER_KEY} here`, 'Check the place, or give the key with --key; the log of a data directory is in its folder audit/')
  return parseVerifierKey(found.toString('utf8'))
}

const NO_WITNESSES: Policy = { logs: [], witnesses: [], satisfied: () => true }

/** The policy in the file that is named, else the one beside the log, else one that asks for no witness. */
export async function policyOf(named: string | undefined, source: TileSource | null): Promise<Policy> {
  const text = named === undefined ? await source?.read(POLICY) : readNamed(named)
  return text === null || text === undefined ? NO_WITNESSES : parsePolicy(text.toString('utf8'), named ?? POLICY)
}

export function readNamed(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new SpillwayError('FILE_NOT_FOUND', 'there is no such file', 'Check the path; the log of a data directory is in its folder audit/', { file })
    throw new SpillwayError('FILE_NOT_READABLE', `the file cannot be read (${code ?? 'unknown'})`, 'Check its permissions', { file }, { cause: error })
  }
}

/** A date or a time in ISO 8601, in UTC where it names no zone: Unix ms. */
export function time(text: string): number {
  const at = /^\d{4}-\d\d-\d\d$/u.test(text) ? Date.parse(text) : /^\d{4}-\d\d-\d\dT[\d:.]+$/u.test(text) ? Date.parse(`${text}Z`) : /^\d{4}-\d\d-\d\dT\S+$/u.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at)) throw new InvalidArgumentError('a date such as 2026-11-25 or a time such as 2026-11-25T08:00:00Z is needed.')
  return at
}

export function base64(hash: Uint8Array): string {
  return Buffer.from(hash).toString('base64')
}

export function print(io: Io, value: unknown): void {
  io.stdout(`${JSON.stringify(value, null, 2)}\n`)
}
