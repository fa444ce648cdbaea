import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { SpillwayError } from '../../core/errors.ts'
import type { ControlStore } from '../control.ts'
import { type DataKeys, parseDataKeys, readDataKeys } from './data-keys.ts'
import { readPepper } from './pepper.ts'
import { openSqliteControl } from './sqlite.ts'

export interface DataDir {
  readonly store: ControlStore
  readonly pepper: Uint8Array
}

/** The embedded control store and the pepper of a data directory, both made where they are missing. */
export function openDataDir(dataDir: string): DataDir {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new SpillwayError('FILE_NOT_WRITABLE', 'the data directory cannot be made', 'Name another one, or check the permissions above it', { file: dataDir }, { cause: error })
  }
  const pepper = readPepper(dataDir)
  return { pepper, store: openSqliteControl(controlFile(dataDir)) }
}

export function hasControl(dataDir: string): boolean {
  return existsSync(controlFile(dataDir))
}

function controlFile(dataDir: string): string {
  return join(dataDir, 'control.sqlite')
}

export interface DataKeyPlaces {
  /** Keys themselves, as in SPILLWAY_DATA_KEY; wins. */
  readonly value: string | undefined
  /** A file of keys, as in SPILLWAY_DATA_KEY_FILE: better on another disk than the database's. */
  readonly file: string | undefined
}

/** Where the data keys are: the value, the named file, else `data.key` in the data directory. */
export function openDataKeys(dataDir: string, { value, file }: DataKeyPlaces): DataKeys {
  return value !== undefined && value !== '' ? parseDataKeys(value, 'SPILLWAY_DATA_KEY') : readDataKeys(dataKeyFile(dataDir, file))
}

export function dataKeyFile(dataDir: string, file: string | undefined): string {
  return file === undefined || file === '' ? join(dataDir, 'data.key') : file
}
