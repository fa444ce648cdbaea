import type { UpstreamAuth } from '../config-types.ts'

/** Headers for probes and provider calls. Clouds whose requests are signed (AWS, Google) have no probes that need them. */
export function authHeaders(auth: UpstreamAuth): Readonly<Record<string, string>> {
  if (auth.type === 'bearer') return { authorization: `Bearer ${auth.secret}` }
  if (auth.type === 'header') return { [auth.header]: auth.secret }
  return {}
}
