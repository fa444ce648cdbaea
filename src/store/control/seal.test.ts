import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { openDataKeys } from './data-dir.ts'
import { addDataKey, dropOldDataKeys, parseDataKeys, readDataKeys } from './data-keys.ts'
import { memoryControl } from './memory.ts'
import { openSecret, readSecret, resealAll, sealSecret } from './seal.ts'

const folder = mkdtempSync(join(tmpdir(), 'spillway-seal-'))
const keys = parseDataKeys(randomBytes(32).toString('base64'), 'test')
const CANARY = 'sk-canary-5f1d'

afterAll(() => rmSync(folder, { recursive: true }))

it('opens what it sealed, whatever the secret and its name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (name, secret) => {
      expect(openSecret(keys, name, sealSecret(keys, name, secret))).toBe(secret)
    }),
  )
})

it('seals the same secret differently every time, and nothing of it shows', () => {
  const [one, two] = [sealSecret(keys, 'n', CANARY), sealSecret(keys, 'n', CANARY)]
  expect(Buffer.from(one).equals(two)).toBe(false)
  expect(Buffer.from(one).includes(CANARY)).toBe(false)
})

it('notices every flipped bit', () => {
  const sealed = sealSecret(keys, 'n', CANARY)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: sealed.length * 8 - 1 }), (bit) => {
      const changed = Uint8Array.from(sealed)
      changed[bit >> 3]! ^= 1 << (bit & 7)
      expect(() => openSecret(keys, 'n', changed)).toThrow(expect.objectContaining({ code: expect.stringMatching(/^SECRET_(TAMPERED|KEY_UNKNOWN)$/u), message: expect.not.stringContaining(CANARY) }))
    }),
    { numRuns: 500 },
  )
})

it('notices every cut', () => {
  const sealed = sealSecret(keys, 'n', CANARY)
  for (let length = 0; length < sealed.length; length++) expect(() => openSecret(keys, 'n', sealed.subarray(0, length))).toThrow(expect.objectContaining({ code: 'SECRET_TAMPERED' }))
})

it('is bound to its name: an envelope cannot be passed off as another secret\'s', () => {
  expect(() => openSecret(keys, 'other', sealSecret(keys, 'n', CANARY))).toThrow(expect.objectContaining({ code: 'SECRET_TAMPERED' }))
})

it('names the data key that is missing', () => {
  const others = parseDataKeys(randomBytes(32).toString('hex'), 'test')
  expect(() => openSecret(others, 'n', sealSecret(keys, 'n', CANARY))).toThrow(expect.objectContaining({ code: 'SECRET_KEY_UNKNOWN', message: expect.stringContaining(keys.active.id) }))
})

it('rotates: a new key seals, the old one opens until everything is sealed anew', async () => {
  const file = join(folder, 'rotate.key')
  const store = memoryControl()
  const before = readDataKeys(file)
  await store.secrets.put('a', sealSecret(before, 'a', 'one'))
  await store.secrets.put('b', sealSecret(before, 'b', 'two'))
  const both = addDataKey(file)
  await store.secrets.put('c', sealSecret(both, 'c', 'three'))
  expect(await resealAll(store.secrets, both)).toBe(2)
  expect(await resealAll(store.secrets, both)).toBe(0)
  dropOldDataKeys(file)
  const after = readDataKeys(file)
  expect([after.byId.size, after.active.id === before.active.id]).toEqual([1, false])
  expect(await Promise.all(['a', 'b', 'c', 'none'].map((name) => readSecret(store.secrets, after, name)))).toEqual(['one', 'two', 'three', null])
})

it('a rotation without the old key changes nothing', async () => {
  const store = memoryControl()
  const sealed = sealSecret(keys, 'a', CANARY)
  await store.secrets.put('a', sealed)
  await expect(resealAll(store.secrets, parseDataKeys(randomBytes(32).toString('base64'), 'test'))).rejects.toMatchObject({ code: 'SECRET_KEY_UNKNOWN' })
  expect(await store.secrets.get('a')).toEqual(Uint8Array.from(sealed))
})

it('the key comes from the environment, else from a private file of its own', () => {
  const value = randomBytes(32).toString('base64')
  expect(openDataKeys(folder, { value, file: undefined }).active.key).toEqual(Buffer.from(value, 'base64'))
  const made = openDataKeys(folder, { value: '', file: undefined })
  expect([readFileSync(join(folder, 'data.key'), 'utf8').trim(), statSync(join(folder, 'data.key')).mode & 0o777]).toEqual([Buffer.from(made.active.key).toString('base64'), 0o600])
  expect(openDataKeys(folder, { value: undefined, file: join(folder, 'elsewhere.key') }).active.id).not.toBe(made.active.id)
})

it.each(['', 'short', randomBytes(31).toString('base64'), `${randomBytes(32).toString('base64')},nonsense`])('a data key that is none is an error that does not show it', (text) => {
  expect(() => parseDataKeys(text, 'SPILLWAY_DATA_KEY')).toThrow(expect.objectContaining({ code: 'PRIVATE_FILE_INVALID', message: 'the data key in SPILLWAY_DATA_KEY is not 32 bytes in base64 or hex' }))
})
