import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { lockFile } from '../../store/file-lock.ts'
import { demoDataDir } from './demo-data.ts'

const folders: string[] = []
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })))

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-demo-data-'))
  folders.push(folder)
  return folder
}

function writeJournal(folder: string): string {
  mkdirSync(join(folder, 'journal'), { recursive: true })
  const segment = join(folder, 'journal', 'segment')
  writeFileSync(segment, 'records')
  return segment
}

describe('the data folder of the demo', () => {
  it('is made, and loses the journal of the demo before; all else stays', () => {
    const folder = join(emptyFolder(), 'data')
    expect(demoDataDir(folder)).toBe(folder)
    const segment = writeJournal(folder)
    writeFileSync(join(folder, 'control.sqlite'), 'keys')
    demoDataDir(folder)
    expect([existsSync(segment), existsSync(join(folder, 'control.sqlite'))]).toEqual([false, true])
    writeJournal(folder)
    demoDataDir(folder)
    expect(existsSync(segment)).toBe(false)
  })

  it('never takes a journal that a demo has not begun, however often it runs', () => {
    const folder = emptyFolder()
    const segment = writeJournal(folder)
    demoDataDir(folder)
    demoDataDir(folder)
    expect(existsSync(segment)).toBe(true)
  })

  it('leaves a journal that is being written', () => {
    const folder = emptyFolder()
    demoDataDir(folder)
    const segment = writeJournal(folder)
    const unlock = lockFile(join(folder, 'journal', 'lock'))
    demoDataDir(folder)
    expect(existsSync(segment)).toBe(true)
    unlock()
    demoDataDir(folder)
    expect(existsSync(segment)).toBe(false)
  })
})
