import { bearer } from '../../route/protocols/openai/face.ts'

/**
 * The Spillway key in an authorization header, as clients of telemetry send it: `Bearer KEY`; `Basic` with the key as the password
 * (Langfuse: public key, secret key); or the bare key (Logfire). Null = none.
 */
export function ingestSecret(authorization: string | undefined): string | null {
  if (authorization === undefined || authorization.length > 4096) return null
  const token = bearer(authorization)
  if (token !== null) return token
  const basic = /^basic +([\w+/=-]+) *$/iu.exec(authorization)
  if (basic !== null) {
    const pair = Buffer.from(basic[1]!, 'base64').toString('utf8')
    const colon = pair.indexOf(':')
    return colon === -1 || colon === pair.length - 1 ? null : pair.slice(colon + 1)
  }
  return /^[\w-]+$/u.test(authorization) ? authorization : null
}
