import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import type { UpstreamRequest } from '../../seams.ts'
import type { Expiring } from './cached-credential.ts'

export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** From where AWS's own tools take them: environment, profiles, SSO, web identity, container, instance. */
export async function defaultAwsCredentials(): Promise<Expiring<AwsCredentials>> {
  // Loaded when it is first needed: most gateways never sign.
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = await defaultProvider()()
  return { value: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }, expiresAt: expiration?.getTime() ?? null }
}

export interface SigningScope {
  readonly region: string
  readonly service: string
  /** `https://host[:port]` that the request goes to. */
  readonly origin: string
  /** Unix ms. */
  readonly now: number
}

/** The request with the headers of AWS Signature Version 4. Signed are method, path, query, body, host and content type. */
export async function signAws(request: UpstreamRequest, credentials: AwsCredentials, scope: SigningScope): Promise<UpstreamRequest> {
  const url = new URL(request.path, scope.origin)
  const signer = new SignatureV4({ credentials, region: scope.region, service: scope.service, sha256: Sha256, applyChecksum: false })
  const contentType = request.headers['content-type']
  const { headers } = await signer.sign(
    {
      method: request.method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: queryOf(url),
      // Others may be changed on the way by a proxy.
      headers: { host: url.host, ...(contentType === undefined ? {} : { 'content-type': contentType }) },
      body: request.body ?? '',
    },
    { signingDate: new Date(scope.now) },
  )
  return { ...request, headers: { ...request.headers, ...headers } }
}

function queryOf(url: URL): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {}
  for (const key of new Set(url.searchParams.keys())) {
    const values = url.searchParams.getAll(key)
    query[key] = values.length === 1 ? values[0]! : values
  }
  return query
}

type HashData = string | ArrayBuffer | ArrayBufferView

/** SHA-256 in the shape that the signer asks for. */
class Sha256 {
  readonly #hash: Hash | Hmac

  constructor(secret?: HashData) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret))
  }

  update(data: HashData): void {
    this.#hash.update(bytesOf(data))
  }

  // The signer's interface is asynchronous.
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }

  reset(): void {
    throw new Error('a hash is used once')
  }
}

function bytesOf(data: HashData): string | Uint8Array {
  if (typeof data === 'string') return data
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data)
}
