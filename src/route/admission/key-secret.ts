import { createHmac } from 'node:crypto'
import { crc32 } from 'node:zlib'

/**
 * The form of a Spillway key: `sw_`, 32 random bytes in base 62 (43 digits), and the CRC-32 of all that (6 digits). The
 * checksum tells a typing error from a key that nobody knows, and lets scanners of leaked secrets be sure.
 */
export const SECRET_PREFIX = 'sw_'
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const BODY_DIGITS = 43
const CHECK_DIGITS = 6
const FORM = new RegExp(`^${SECRET_PREFIX}[0-9A-Za-z]{${BODY_DIGITS + CHECK_DIGITS}}$`, 'u')

/** Random bytes for secrets; `crypto.randomBytes` outside tests. */
export type RandomBytes = (count: number) => Uint8Array

export function newSecret(randomBytes: RandomBytes): string {
  const body = SECRET_PREFIX + base62(BigInt(`0x${Buffer.from(randomBytes(32)).toString('hex')}`), BODY_DIGITS)
  return body + checkDigits(body)
}

/** A public name of a key: 12 digits, 71 bits. */
export function newKeyId(randomBytes: RandomBytes): string {
  return `key_${base62(BigInt(`0x${Buffer.from(randomBytes(9)).toString('hex')}`) % 62n ** 12n, 12)}`
}

/** `sound`: form and checksum are right. `mistyped`: begins like a key of ours and is none. `foreign`: something else. */
export function secretForm(secret: string): 'sound' | 'mistyped' | 'foreign' {
  if (!secret.startsWith(SECRET_PREFIX)) return 'foreign'
  return FORM.test(secret) && checkDigits(secret.slice(0, -CHECK_DIGITS)) === secret.slice(-CHECK_DIGITS) ? 'sound' : 'mistyped'
}

/** HMAC-SHA256 under the installation's pepper, hex: what the store keeps. Equal work for every secret. */
export function hashSecret(pepper: Uint8Array, secret: string): string {
  return createHmac('sha256', pepper).update(secret).digest('hex')
}

function checkDigits(body: string): string {
  return base62(BigInt(crc32(body)), CHECK_DIGITS)
}

function base62(value: bigint, digits: number): string {
  let text = ''
  for (let rest = value; text.length < digits; rest /= 62n) text = DIGITS[Number(rest % 62n)]! + text
  return text
}
