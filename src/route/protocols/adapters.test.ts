import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../core/random.ts'
import type { UpstreamProtocol } from '../config-types.ts'
import type { UpstreamRequest } from '../seams.ts'
import { createAdapters } from './adapters.ts'
import { createAuthorizer } from './auth/authorize.ts'
import { PRESETS, fillPreset } from './presets.ts'
import { bodyOf, callOf, endpointAt, fixedClock, poolOf } from './testing.ts'

const credentials = { value: { accessKeyId: 'AKID', secretAccessKey: 'canary-secret' }, expiresAt: null }
const authorize = createAuthorizer({ aws: () => Promise.resolve(credentials), google: () => Promise.resolve({ value: 'ya29.token', expiresAt: null }) })
const adapters = createAdapters({ clock: fixedClock, random: seededRandom(1), authorize })
const endpoint = endpointAt('https://upstream.example.com')
const MESSAGES = [{ role: 'user', content: 'Hi' }]
const chat = callOf('chat', { model: 'm', messages: MESSAGES })
const messages = callOf('messages', { model: 'm', max_tokens: 5, messages: MESSAGES })
const protocols: readonly UpstreamProtocol[] = ['openai', 'anthropic', 'runpod', 'replicate']

describe('createAdapters', () => {
  it.each(protocols)('serves both kinds of client on %s, with the key of the pool', async (protocol) => {
    const pool = poolOf({ protocol, auth: { type: 'bearer', secret: 's3cret' } })
    for (const call of [chat, messages]) {
      const request = await adapters[protocol].request(call, pool, endpoint, 'c1')
      expect(request.headers).toMatchObject({ authorization: 'Bearer s3cret', 'content-type': 'application/json' })
      expect(String(request.body)).toContain('Hi')
    }
  })

  it.each(protocols.filter((protocol) => protocol !== 'openai'))('refuses on %s what it cannot serve, before anything is sent', (protocol) => {
    const call = callOf('responses', { model: 'm', input: 'Hi' })
    expect(() => adapters[protocol].request(call, poolOf({ protocol }), endpoint, 'c1')).toThrow(expect.objectContaining({ failure: expect.objectContaining({ status: 400, code: 'not_translatable' }) }))
  })

  it('needs no promise where the key is at hand', () => {
    expect(adapters.openai.request(chat, poolOf({ auth: { type: 'bearer', secret: 's' } }), endpoint, 'c1')).not.toBeInstanceOf(Promise)
  })

  it('signs for Bedrock and SageMaker, and never sends the key itself', async () => {
    const { url, paths } = fillPreset(PRESETS['sagemaker-invocations'], { region: 'us-east-1', endpoint: 'llama' })
    const request = await adapters.openai.request(chat, poolOf({ paths, auth: { type: 'aws-sigv4', region: 'us-east-1', service: 'sagemaker' } }), endpointAt(url), 'c1')
    expect(request.path).toBe('/endpoints/llama/invocations')
    expect(request.headers['authorization']).toMatch(/^AWS4-HMAC-SHA256 Credential=AKID\/20261125\/us-east-1\/sagemaker\/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=[0-9a-f]{64}$/u)
    expect(JSON.stringify(request)).not.toContain('canary')
  })

  it('leads to the paths of the pool, translated calls too', async () => {
    const { url, paths } = fillPreset(PRESETS['azure-openai-deployments'], { resource: 'acme', apiVersion: '2024-10-21' })
    const pool = poolOf({ paths, models: { m: 'gpt-4o' }, auth: { type: 'header', header: 'api-key', secret: 's3cret' } })
    const path = '/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21'
    for (const call of [chat, messages]) expect(await adapters.openai.request(call, pool, endpointAt(url), 'c1')).toMatchObject({ path, headers: { 'api-key': 's3cret' } })
  })

  it('gives a Google token to Vertex', async () => {
    const { url, paths } = fillPreset(PRESETS['vertex-openai'], { location: 'europe-west4', project: 'acme' })
    const request = await adapters.openai.request(chat, poolOf({ paths, auth: { type: 'google-adc', scopes: [PRESETS['vertex-openai'].authDetail] } }), endpointAt(url), 'c1')
    expect(request).toMatchObject({ path: '/v1/projects/acme/locations/europe-west4/endpoints/openapi/chat/completions', headers: { authorization: 'Bearer ya29.token' } })
  })

  it('authorizes every request of a call that is several', async () => {
    const sent: UpstreamRequest[] = []
    const { run } = adapters.runpod
    const answer = run?.({
      call: chat,
      pool: poolOf({ protocol: 'runpod', auth: { type: 'bearer', secret: 's3cret' } }),
      endpoint,
      callId: 'c1',
      signal: new AbortController().signal,
      send: (request) => {
        sent.push(request)
        return Promise.reject(new Error('ECONNREFUSED'))
      },
    })
    await expect(answer).rejects.toThrow('ECONNREFUSED')
    expect(sent).toMatchObject([{ path: '/runsync?wait=1000', headers: { authorization: 'Bearer s3cret' } }])
  })

  it.each(['runpod', 'replicate'] as const)('answers on %s with the refusal of a call that it cannot serve', async (protocol) => {
    const call = callOf('responses', { model: 'm', input: 'Hi' })
    const answer = await adapters[protocol].run?.({ call, pool: poolOf({ protocol }), endpoint, callId: 'c1', signal: new AbortController().signal, send: () => Promise.reject(new Error('not to be sent')) })
    expect(answer).toMatchObject({ status: 400, headers: { 'content-type': 'application/json' } })
    expect(JSON.parse(String(await bodyOf(answer!.body)))).toMatchObject({ error: { code: 'not_translatable' } })
  })

  it.each(['openai', 'anthropic'] as const)('has nothing to run on %s, where a call is one request', (protocol) => {
    expect(adapters[protocol]).not.toHaveProperty('run')
  })
})
