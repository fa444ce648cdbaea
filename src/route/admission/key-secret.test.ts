import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { hashSecret, newKeyId, newSecret, secretForm } from './key-secret.ts'

it('a secret is sw_, 43 digits and 6 of checksum', () => {
  expect(newSecret(randomBytes)).toMatch(/^sw_[0-9A-Za-z]{49}$/u)
  expect(newSecret((count) => new Uint8Array(count))).toMatch(/^sw_0{43}[0-9A-Za-z]{6}$/u)
  expect(newSecret((count) => new Uint8Array(count).fill(255))).toMatch(/^sw_[0-9A-Za-z]{49}$/u)
})

it('thousands of secrets and ids are all different', () => {
  const made = Array.from({ length: 2000 }, () => [newSecret(randomBytes), newKeyId(randomBytes)]).flat()
  expect(new Set(made).size).toBe(4000)
})

it('every secret is sound, and no single typing error or swap of neighbors goes unnoticed', () => {
  const digits = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz']
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.integer({ min: 3, max: 51 }), fc.constantFrom(...digits), (bytes, at, digit) => {
      const secret = newSecret(() => bytes)
      const typo = secret.slice(0, at) + digit + secret.slice(at + 1)
      const swap = at < 51 ? secret.slice(0, at) + secret[at + 1]! + secret[at]! + secret.slice(at + 2) : secret
      expect(secretForm(secret)).toBe('sound')
      expect([typo, swap].filter((wrong) => wrong !== secret && secretForm(wrong) !== 'mistyped')).toEqual([])
    }),
    { numRuns: 500 },
  )
})

it.each([
  ['sw_', 'mistyped'],
  ['sw_demo', 'mistyped'],
  [`${newSecret(randomBytes)} `, 'mistyped'],
  [newSecret(randomBytes).slice(0, -1), 'mistyped'],
  ['sk-proj-abc', 'foreign'],
  ['', 'foreign'],
  ['SW_abc', 'foreign'],
])('"%s" is %s', (text, form) => {
  expect(secretForm(text)).toBe(form)
})

it('the hash is HMAC-SHA256 (RFC 4231, test case 2)', () => {
  expect(hashSecret(Buffer.from('Jefe'), 'what do ya want for nothing?')).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843')
})
