import { createHash } from 'node:crypto'
import { unwatchFile, watch, watchFile, type FSWatcher } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { SpillwayError } from '../../core/errors.ts'
import type { GatewayConfig } from '../../route/config-types.ts'
import { checkConfig, type LoadOptions } from './load-config.ts'

export interface WatchOptions extends LoadOptions {
  /** The configuration in force, so that an unchanged file is no change. */
  readonly current: GatewayConfig
  /** Editors write in several steps; so long after the last one the file is read. Default 200. */
  readonly debounceMs?: number
  /** How often the file is looked at where the system reports no changes (network disks). Default 5000. */
  readonly pollMs?: number
}

export interface ConfigWatch {
  /** Reads the file now, as SIGHUP does; resolves when that is done. */
  readonly reload: () => Promise<void>
  readonly stop: () => void
}

/**
 * Calls `onChange` with a new configuration whenever the file's meaning has changed (by hash of the result, secrets included,
 * so that a rotated secret counts), and on SIGHUP. An invalid file calls `onError` with every problem and leaves the old
 * configuration in force, and so does one that `onChange` throws at. The folder is watched, since editors and Kubernetes replace the file by another one.
 */
export function watchConfig(file: string, onChange: (config: GatewayConfig) => void, onError: (problems: readonly SpillwayError[]) => void, options: WatchOptions): ConfigWatch {
  let inForce = digest(options.current)
  let lastComplaint = ''
  let running: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  const check = async (): Promise<void> => {
    const { config, problems } = await checkConfig(file, options)
    if (stopped) return
    if (config === null) return complain(problems)
    const next = digest(config)
    if (next === inForce) {
      lastComplaint = ''
      return
    }
    try {
      onChange(config)
    } catch (error) {
      return complain([refused(error)])
    }
    lastComplaint = ''
    inForce = next
  }
  const complain = (problems: readonly SpillwayError[]): void => {
    const complaint = problems.map((problem) => problem.toLine()).join('\n')
    if (complaint !== lastComplaint) onError(problems)
    lastComplaint = complaint
  }
  // One after the other: two reads at once could finish in the wrong order.
  const reload = (): Promise<void> => (running = running.then(check, check))
  const soon = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => void reload(), options.debounceMs ?? 200)
  }
  const onSignal = (): void => {
    lastComplaint = ''
    void reload()
  }

  const watcher = watchFolder(resolve(file), soon)
  watchFile(file, { interval: options.pollMs ?? 5000, persistent: false }, soon)
  process.on('SIGHUP', onSignal)
  return {
    reload,
    stop: () => {
      stopped = true
      clearTimeout(timer)
      watcher?.close()
      unwatchFile(file, soon)
      process.off('SIGHUP', onSignal)
    },
  }
}

/** What passed every check and could not be put in force all the same. */
function refused(error: unknown): SpillwayError {
  return error instanceof SpillwayError ? error : new SpillwayError('CONFIG_INVALID', 'the new configuration could not be put in force', 'This is a defect of Spillway; the old one is in force, please report it', {}, { cause: error })
}

/** Null where the system cannot watch (no more inotify watches, a strange file system): polling remains. */
function watchFolder(file: string, onEvent: () => void): FSWatcher | null {
  const name = basename(file)
  try {
    const watcher = watch(dirname(file), { persistent: false }, (_, changed) => {
      // Kubernetes swaps the folder `..data` that the file is a link into.
      if (changed === null || changed === name || changed.startsWith('..')) onEvent()
    })
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return null
  }
}

/** Kept in memory alone, since secrets go into it. */
function digest(config: GatewayConfig): string {
  return createHash('sha256')
    .update(JSON.stringify(config, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)))
    .digest('hex')
}
