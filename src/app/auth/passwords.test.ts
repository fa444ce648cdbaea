import { describe, expect, it } from 'vitest'
import { checkPassword, hashPassword, verifyPassword } from './passwords.ts'

const EMAIL = 'ann.smith@example.com'

describe('which passwords are taken', () => {
  it.each([
    ['correct horse battery staple'],
    ['Jf83-kd02-Lq1x'],
    ['пароль-из-слов-и-букв'],
    ['rain on a tin roof 🌧'],
    ['my password is a long sentence'],
    ['ann.smith likes old bicycles'],
    ['x'.repeat(3) + 'abcdefg-hij-klm-nop'],
  ])('%s', (password) => {
    expect(() => checkPassword(password, EMAIL)).not.toThrow()
  })

  it.each([
    ['short', 'Jf83-kd02-L'],
    ['short in characters, not in bytes', '🌧🌧🌧🌧🌧🌧🌧🌧🌧🌧🌧'],
    ['endless', 'abc123-'.repeat(40)],
    ['one character', 'aaaaaaaaaaaaaaaa'],
    ['a few characters', 'abababababababab'],
    ['the address', 'ann.smith@example.com'],
    ['the name and a number', 'ann.smith2024'],
    ['in the first lists', 'password1234'],
    ['that with other letters', 'P@ssw0rd1234'],
    ['twice that', 'passwordpassword'],
    ['welcome', 'Welcome2026!!'],
    ['the product', 'spillway12345'],
    ['digits in a row', '123456789012'],
    ['digits backwards', '9876543210987'],
    ['letters in a row', 'abcdefghijklm'],
    ['a row of keys', 'qwertyuiopasdf'],
  ])('not %s', (_, password) => {
    expect(() => checkPassword(password, EMAIL)).toThrow(expect.objectContaining({ code: 'PASSWORD_WEAK' }))
  })
})

describe('what is stored', () => {
  it('is scrypt with its parameters and a salt of its own, and no more than the hash', async () => {
    const [one, other] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')])
    expect(one).toMatch(/^scrypt\$32768\$8\$1\$[\w-]{22}\$[\w-]{43}$/u)
    expect(one).not.toBe(other)
    expect(await Promise.all([verifyPassword('correct horse', one), verifyPassword('correct horse', other), verifyPassword('correct horsf', one), verifyPassword('', one)])).toEqual([true, true, false, false])
  })

  it('is checked by its own parameters', async () => {
    // RFC 7914, section 12: scrypt("pleaseletmein", "SodiumChloride", 16384, 8, 1), the first 32 of 64 bytes.
    const hash = Buffer.from('7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2', 'hex')
    const stored = `scrypt$16384$8$1$${Buffer.from('SodiumChloride').toString('base64url')}$${hash.toString('base64url')}`
    expect(await verifyPassword('pleaseletmein', stored)).toBe(true)
    expect(await verifyPassword('pleaseletmeout', stored)).toBe(false)
  })

  it('two spellings of one letter are one password', async () => {
    expect(await verifyPassword('Zu\u0308rich am See', await hashPassword('Zürich am See'))).toBe(true)
  })

  it('nobody has no password, not even an empty one', async () => {
    expect(await Promise.all([verifyPassword('anything at all', null), verifyPassword('', null)])).toEqual([false, false])
  })

  it.each([['plain text'], ['scrypt$2147483648$8$1$AA$AA'], ['scrypt$16384$8$1$AA$AA'], ['']])('"%s" is no stored password', async (stored) => {
    await expect(verifyPassword('x', stored)).rejects.toMatchObject({ code: 'CONTROL_ROW_INVALID' })
  })
})
