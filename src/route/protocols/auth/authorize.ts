import type { Clock } from '../../../core/clock.ts'
import type { UpstreamAuth } from '../../config-types.ts'
import type { UpstreamRequest } from '../../seams.ts'
import { CallError } from '../parse-error.ts'
import { defaultAwsCredentials, signAws, type AwsCredentials } from './aws.ts'
import { CachedCredential, type Expiring } from './cached-credential.ts'
import { defaultGoogleToken } from './google.ts'

/**
 * The request with the credentials of its pool; `url` is the endpoint's, of which the origin counts. A promise only where
 * they have to be fetched or signed. Rejects with CallError `upstream_auth_failed`, which tells nothing of the secrets.
 */
export type Authorize = (auth: UpstreamAuth, request: UpstreamRequest, url: string, clock: Clock) => UpstreamRequest | Promise<UpstreamRequest>

export interface CredentialSources {
  readonly aws: () => Promise<Expiring<AwsCredentials>>
  readonly google: (scopes: readonly string[]) => Promise<Expiring<string>>
}

const DEFAULT_SOURCES: CredentialSources = { aws: defaultAwsCredentials, google: defaultGoogleToken }

/** One is enough for a process: what it fetches it keeps until it expires. */
export function createAuthorizer(sources: CredentialSources = DEFAULT_SOURCES): Authorize {
  let aws: CachedCredential<AwsCredentials> | null = null
  const google = new Map<string, CachedCredential<string>>()
  const googleFor = (scopes: readonly string[], clock: Clock): CachedCredential<string> => {
    const key = scopes.join(' ')
    const cached = google.get(key) ?? new CachedCredential(() => sources.google(scopes), clock)
    google.set(key, cached)
    return cached
  }
  return (auth, request, url, clock) => {
    switch (auth.type) {
      case 'none':
        return request
      case 'bearer':
        return withHeader(request, 'authorization', `Bearer ${auth.secret}`)
      case 'header':
        return withHeader(request, auth.header.toLowerCase(), auth.secret)
      case 'aws-sigv4': {
        aws ??= new CachedCredential(sources.aws, clock)
        const { region, service } = auth
        const origin = request.origin ?? new URL(url).origin
        return fetched(aws.get(), (credentials) => signAws(request, credentials, { region, service, origin, now: clock.now() }))
      }
      case 'google-adc': {
        const token = googleFor(auth.scopes, clock).get()
        if (typeof token === 'string') return withHeader(request, 'authorization', `Bearer ${token}`)
        return fetched(token, (value) => withHeader(request, 'authorization', `Bearer ${value}`))
      }
    }
  }
}

function withHeader(request: UpstreamRequest, name: string, value: string): UpstreamRequest {
  request.headers[name] = value
  return request
}

async function fetched<T>(credential: T | Promise<T>, use: (credential: T) => UpstreamRequest | Promise<UpstreamRequest>): Promise<UpstreamRequest> {
  try {
    return await use(await credential)
  } catch (error) {
    // The cause is for the log; what a vendor's library says may quote paths and keys.
    throw Object.assign(new CallError('upstream_auth_failed', 'The credentials for the upstream could not be obtained.'), { cause: error })
  }
}
