import type { Expiring } from './cached-credential.ts'

/** A token by Google's Application Default Credentials: a file that the environment names, gcloud's own, the metadata server. */
export async function defaultGoogleToken(scopes: readonly string[]): Promise<Expiring<string>> {
  // Loaded when it is first needed: most gateways never ask.
  const { GoogleAuth } = await import('google-auth-library')
  // Nobody asks for the project here; without a name the library would run `gcloud` and ask the metadata server for it.
  const client = await new GoogleAuth({ scopes: [...scopes], projectId: 'unused' }).getClient()
  const { token } = await client.getAccessToken()
  if (typeof token !== 'string' || token === '') throw new Error('Google gave no access token')
  return { value: token, expiresAt: client.credentials.expiry_date ?? null }
}
