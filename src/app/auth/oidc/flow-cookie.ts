import { createHmac } from 'node:crypto'
import { isSameText } from '../tokens.ts'
import type { Flow } from './provider.ts'

/** What the browser keeps while its user is at the provider. */
export interface KeptFlow extends Flow {
  /** The provider that it was begun with. */
  readonly issuer: string
  /** Where on this site the user goes then. */
  readonly to: string
  /** Unix ms. */
  readonly until: number
}

/** The text of a cookie that only this installation can have written. */
export function sealFlow(pepper: Uint8Array, flow: KeptFlow): string {
  const text = Buffer.from(JSON.stringify(flow)).toString('base64url')
  return `${text}.${macOf(pepper, text)}`
}

/** Null where it is not ours, or too old. */
export function openFlow(pepper: Uint8Array, cookie: string, now: number): KeptFlow | null {
  const [text = '', mac = ''] = cookie.split('.')
  if (!isSameText(mac, macOf(pepper, text))) return null
  const flow = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as KeptFlow
  return flow.until > now ? flow : null
}

function macOf(pepper: Uint8Array, text: string): string {
  return createHmac('sha256', pepper).update(`spillway oidc flow\0${text}`).digest('base64url')
}
