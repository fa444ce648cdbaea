import { createHash } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { UpstreamAuth } from '../../config-types.ts'
import type { UpstreamRequest } from '../../seams.ts'
import { fixedClock, listen, NOW, type Listening } from '../testing.ts'
import { createAuthorizer } from './authorize.ts'
import { defaultAwsCredentials } from './aws.ts'
import { defaultGoogleToken } from './google.ts'

const REQUEST: UpstreamRequest = { method: 'POST', path: '/v1/chat/completions', headers: { 'content-type': 'application/json', authorization: 'stale' }, body: '{}' }
const UPSTREAM = 'https://upstream.example.com/base'
const never = (): Promise<never> => Promise.reject(new Error('not to be asked'))
const plain = createAuthorizer({ aws: never, google: never })
const sigv4: UpstreamAuth = { type: 'aws-sigv4', region: 'us-east-1', service: 'service' }
const adc = { type: 'google-adc', scopes: ['https://www.googleapis.com/auth/cloud-platform'] } as const

function authorization(headers: string, signature: string): string {
  return `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${headers}, Signature=${signature}`
}

describe('authorize, with a secret at hand', () => {
  it('adds nothing for none', () => {
    expect(plain({ type: 'none' }, REQUEST, UPSTREAM, fixedClock)).toBe(REQUEST)
  })

  it('gives a bearer, in place of one that was there', () => {
    expect(plain({ type: 'bearer', secret: 's3cret' }, REQUEST, UPSTREAM, fixedClock)).toEqual({ ...REQUEST, headers: { ...REQUEST.headers, authorization: 'Bearer s3cret' } })
  })

  it('gives a header of any name, in lower case as all of ours', () => {
    expect(plain({ type: 'header', header: 'Api-Key', secret: 's3cret' }, REQUEST, UPSTREAM, fixedClock)).toMatchObject({ headers: { 'api-key': 's3cret' } })
  })
})

/** AWS's Signature Version 4 test suite (docs.aws.amazon.com, General Reference): its keys, its date, its signatures. */
describe('authorize by AWS Signature Version 4', () => {
  const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
  const SUITE_TIME = { now: () => Date.UTC(2015, 7, 30, 12, 36, 0) }
  const SUITE_URL = 'https://example.amazonaws.com/'
  const authorize = createAuthorizer({ aws: () => Promise.resolve({ value: CREDENTIALS, expiresAt: null }), google: never })

  async function signed(request: Partial<UpstreamRequest>): Promise<Readonly<Record<string, string>>> {
    return (await authorize(sigv4, { method: 'GET', path: '/', headers: {}, body: null, ...request }, SUITE_URL, SUITE_TIME)).headers
  }

  it.each([
    ['get-vanilla', {}, 'host;x-amz-date', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    ['get-vanilla-query-order-key-case', { path: '/?Param2=value2&Param1=value1' }, 'host;x-amz-date', 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500'],
    ['post-vanilla', { method: 'POST' as const }, 'host;x-amz-date', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'post-x-www-form-urlencoded',
      { method: 'POST' as const, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: Buffer.from('Param1=value1') },
      'content-type;host;x-amz-date',
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    ],
  ])('signs %s', async (_, request, headers, signature) => {
    expect(await signed(request)).toMatchObject({ authorization: authorization(headers, signature), 'x-amz-date': '20150830T123600Z' })
  })

  it('signs a session token along', async () => {
    const sessionToken = 'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=='
    const withToken = createAuthorizer({ aws: () => Promise.resolve({ value: { ...CREDENTIALS, sessionToken }, expiresAt: null }), google: never })
    const { headers } = await withToken(sigv4, { method: 'POST', path: '/', headers: {}, body: null }, SUITE_URL, SUITE_TIME)
    expect(headers).toMatchObject({ 'x-amz-security-token': sessionToken, authorization: authorization('host;x-amz-date;x-amz-security-token', '85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead') })
  })

  it('leaves headers that a proxy may change unsigned, and sends them', async () => {
    const headers = await signed({ headers: { 'x-request-id': 'r1', traceparent: '00-x' } })
    expect(headers).toMatchObject({ 'x-request-id': 'r1', authorization: expect.stringContaining('SignedHeaders=host;x-amz-date,') })
  })

  it('signs for the origin that the request goes to', async () => {
    const there = await authorize(sigv4, { ...REQUEST, origin: 'https://other.example.com' }, SUITE_URL, SUITE_TIME)
    expect(there.headers).toMatchObject({ host: 'other.example.com' })
  })

  it('takes the credentials of the environment', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDENV')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'envsecret')
    vi.stubEnv('AWS_SESSION_TOKEN', 'envtoken')
    expect(await defaultAwsCredentials()).toMatchObject({ value: { accessKeyId: 'AKIDENV', secretAccessKey: 'envsecret', sessionToken: 'envtoken' }, expiresAt: null })
  })

  it('tells the client nothing of what went wrong', async () => {
    const failing = createAuthorizer({ aws: () => Promise.reject(new Error('profile canary-secret not found')), google: never })
    const failure = Promise.resolve(failing(sigv4, REQUEST, UPSTREAM, fixedClock))
    await expect(failure).rejects.toMatchObject({ failure: { status: 502, code: 'upstream_auth_failed' } })
    await expect(failure).rejects.not.toThrow('canary')
  })
})

describe('authorize by Google\'s Application Default Credentials', () => {
  let metadata: Listening | null = null

  afterEach(async () => {
    vi.unstubAllEnvs()
    await metadata?.close()
    metadata = null
  })

  it('asks the metadata server once, for all who wait and until the token runs out', async () => {
    const asked: string[] = []
    metadata = await listen((req, res) => {
      asked.push(req.url ?? '')
      res.writeHead(200, { 'metadata-flavor': 'Google', 'content-type': 'application/json' })
      res.end(req.url?.includes('/token') === true ? JSON.stringify({ access_token: `t${asked.length}`, expires_in: 3600, token_type: 'Bearer' }) : '"p"')
    })
    // No key file and no gcloud, so that only the (local) metadata server is left.
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '')
    vi.stubEnv('CLOUDSDK_CONFIG', '/nonexistent')
    vi.stubEnv('HOME', '/nonexistent')
    vi.stubEnv('GCE_METADATA_HOST', metadata.url.slice('http://'.length))
    vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present')

    // The library reckons by the machine's clock, so ours starts from what it says.
    let now = (await defaultGoogleToken(adc.scopes)).expiresAt! - 3600_000
    asked.length = 0
    const authorize = createAuthorizer({ aws: never, google: defaultGoogleToken })
    const ask = async (): Promise<string | undefined> => (await authorize(adc, REQUEST, UPSTREAM, { now: () => now })).headers['authorization']
    const [first, second] = await Promise.all([ask(), ask()])
    expect(first).toMatch(/^Bearer t\d+$/u)
    expect([second, await ask()]).toEqual([first, first])
    const tokens = (): number => asked.filter((url) => url.includes('/token')).length
    expect(tokens()).toBe(1)
    now += 3600_000
    expect(await ask()).not.toBe(first)
    expect(tokens()).toBe(2)
  })

  it('keeps one token a set of scopes, and gives it without a promise', async () => {
    const asked: string[] = []
    const authorize = createAuthorizer({
      aws: never,
      google: (scopes) => {
        asked.push(scopes.join(' '))
        return Promise.resolve({ value: createHash('sha256').update(scopes.join()).digest('hex').slice(0, 8), expiresAt: NOW + 3600_000 })
      },
    })
    await authorize(adc, REQUEST, UPSTREAM, fixedClock)
    await authorize({ ...adc, scopes: ['other'] }, REQUEST, UPSTREAM, fixedClock)
    expect(authorize(adc, REQUEST, UPSTREAM, fixedClock)).not.toBeInstanceOf(Promise)
    expect(asked).toEqual(['https://www.googleapis.com/auth/cloud-platform', 'other'])
  })
})
