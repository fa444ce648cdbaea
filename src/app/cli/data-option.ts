import { resolve } from 'node:path'
import type { Command } from 'commander'
import { SpillwayError } from '../../core/errors.ts'
import { type DataDir, hasControl, openDataDir } from '../../store/control/data-dir.ts'
import { SERVER } from '../config/defaults.ts'
import type { Io } from './io.ts'

export interface DataOption {
  readonly data?: string
}

/** `--data DIR`, else SPILLWAY_DATA, else the server's default. */
export function dataOption(command: Command): Command {
  return command.option('--data <dir>', `data directory (default: $SPILLWAY_DATA, else ${SERVER.data})`)
}

export function dataFolder({ data }: DataOption, io: Io): string {
  const fromEnvironment = io.env['SPILLWAY_DATA']
  return resolve(data ?? (fromEnvironment === undefined || fromEnvironment === '' ? SERVER.data : fromEnvironment))
}

/**
 * Opens the data directory for one command and closes it again, whatever happens. A command that only looks or changes
 * makes none: a mistyped path is an error, not an empty installation.
 */
export async function withDataDir<T>(options: DataOption, io: Io, mayMake: boolean, work: (dir: DataDir) => Promise<T>): Promise<T> {
  const folder = dataFolder(options, io)
  if (!mayMake && !hasControl(folder)) throw new SpillwayError('FILE_NOT_FOUND', 'this data directory holds no control database', 'Name the right one with --data or SPILLWAY_DATA, or make a key first', { file: folder })
  const dir = openDataDir(folder)
  try {
    return await work(dir)
  } finally {
    await dir.store.close()
  }
}
