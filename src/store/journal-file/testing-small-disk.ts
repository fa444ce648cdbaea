import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Whether this user may mount a file system: root, where the machine lets it. Without it there is no disk that can be filled up. */
export const canMount: boolean = ((): boolean => {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-mount-'))
  const mounted = mount(folder, 1)
  if (mounted) unmount(folder)
  rmSync(folder, { recursive: true })
  return mounted
})()

/** A real file system of so many MiB in `folder`, gone after the test. */
export function smallDisk(folder: string, mebibytes: number): void {
  mkdirSync(folder, { recursive: true })
  if (!mount(folder, mebibytes)) throw new Error('the disk could not be mounted')
  onTestFinished(() => unmount(folder))
}

/** Makes the disk of `folder` one that can only be read; gives what makes it whole again. */
export function readOnlyDisk(folder: string): () => void {
  const remount = (mode: 'ro' | 'rw'): void => {
    if (spawnSync('mount', ['-o', `remount,${mode}`, folder]).status !== 0) throw new Error('the disk could not be mounted anew')
  }
  remount('ro')
  return () => remount('rw')
}

/** Takes all the space that is left on the disk of `folder`; gives what frees it again. */
export function fillDisk(folder: string): () => void {
  const file = join(folder, 'ballast')
  const fd = openSync(file, 'w')
  try {
    for (const block = Buffer.alloc(4096); ; ) writeSync(fd, block)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    closeSync(fd)
  }
  return () => rmSync(file)
}

function mount(folder: string, mebibytes: number): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=700`, 'spillway-test', folder]).status === 0
}

function unmount(folder: string): void {
  spawnSync('umount', ['-l', folder])
}
