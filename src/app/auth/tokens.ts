import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** What a cookie or a one-time link holds: 32 random bytes. The store keeps its hash alone. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

export function newUserId(): string {
  return `user_${randomBytes(9).toString('base64url')}`
}

/** SHA-256, hex. A token is random enough to need no salt. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** What a page has to show in a header beside the cookie. It follows from the session's token, which no page can read. */
export function csrfOf(token: string): string {
  return createHmac('sha256', token).update('spillway csrf').digest('base64url')
}

export function isSameText(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest())
  return timingSafeEqual(a!, b!)
}
