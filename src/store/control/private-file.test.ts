import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { readPepper } from './pepper.ts'
import { readOrCreatePrivate, readPrivate, replacePrivate } from './private-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'spillway-private-'))
let files = 0
const newPath = (): string => join(folder, String(++files), 'deep', 'file')

afterAll(() => rmSync(folder, { recursive: true }))

it('is made once, for its owner alone, and read from then on', () => {
  const file = newPath()
  expect(readPrivate(file)).toBe(null)
  expect([readOrCreatePrivate(file, () => 'first'), readOrCreatePrivate(file, () => 'second')]).toEqual(['first', 'first'])
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

it('of two that make it at once both get the first, and no draft is left', () => {
  const file = newPath()
  const slow = readOrCreatePrivate(file, () => {
    readOrCreatePrivate(file, () => 'the quick one')
    return 'the slow one'
  })
  expect([slow, readFileSync(file, 'utf8')]).toEqual(['the quick one', 'the quick one'])
  expect(readdirSync(join(file, '..'))).toEqual(['file'])
})

it.each([0o644, 0o640, 0o602])('is refused where others may touch it (mode %o)', (mode) => {
  const file = newPath()
  readOrCreatePrivate(file, () => 'secret')
  chmodSync(file, mode)
  expect(() => readPrivate(file)).toThrow(expect.objectContaining({ code: 'PRIVATE_FILE_EXPOSED' }))
  expect(() => readOrCreatePrivate(file, () => 'other')).toThrow(expect.objectContaining({ code: 'PRIVATE_FILE_EXPOSED' }))
})

it('is replaced in one step', () => {
  const file = newPath()
  readOrCreatePrivate(file, () => 'old')
  replacePrivate(file, 'new')
  expect([readPrivate(file), statSync(file).mode & 0o777, readdirSync(join(file, '..'))]).toEqual(['new', 0o600, ['file']])
})

it('says so where it cannot be written or read', () => {
  const file = newPath()
  readOrCreatePrivate(file, () => 'a file where a folder is wanted')
  expect(() => replacePrivate(join(file, 'below'), 'x')).toThrow(expect.objectContaining({ code: 'FILE_NOT_WRITABLE' }))
  expect(() => readPrivate(join(file, 'below'))).toThrow(expect.objectContaining({ code: 'FILE_NOT_READABLE' }))
})

it('the pepper is 32 random bytes that stay', () => {
  const dataDir = join(folder, 'data')
  const pepper = readPepper(dataDir)
  expect(pepper).toHaveLength(32)
  expect(readPepper(dataDir)).toEqual(pepper)
  expect(readPepper(join(folder, 'other'))).not.toEqual(pepper)
})

it('a pepper that was cut off is an error that does not show it', () => {
  const dataDir = join(folder, 'cut')
  readPepper(dataDir)
  writeFileSync(join(dataDir, 'pepper'), 'abcdef')
  expect(() => readPepper(dataDir)).toThrow(expect.objectContaining({ code: 'PRIVATE_FILE_INVALID', message: expect.not.stringContaining('abcdef') }))
})
