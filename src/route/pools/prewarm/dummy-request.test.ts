import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../core/random.ts'
import { createAdapters } from '../../protocols/adapters.ts'
import { answerOf, fakeUpstream, poolOf } from '../testing.ts'
import { dummySender } from './dummy-request.ts'

const adapters = createAdapters({ clock: { now: () => 1000 }, random: seededRandom(1) })

describe('dummySender', () => {
  it('is the smallest call, with the name of the model there and the credentials of the pool, and patience for a cold start', async () => {
    const upstream = fakeUpstream()
    await dummySender(adapters, upstream.send)(poolOf({ auth: { type: 'bearer', secret: 'key' }, endpoints: [{ id: 'a', url: 'http://a.test/base', canaryShare: null }] }))
    const [request] = upstream.requests
    expect(request).toMatchObject({ url: 'http://a.test/base/v1/chat/completions', method: 'POST', timeoutMs: 120_000 })
    expect(request?.headers['authorization']).toBe('Bearer key')
    expect(JSON.parse(String(request?.body))).toMatchObject({ model: 'upstream-m', max_tokens: 1 })
  })

  it('warms a pool for embeddings by an embedding', async () => {
    const upstream = fakeUpstream()
    await dummySender(adapters, upstream.send)(poolOf({ apis: ['embeddings'] }))
    expect(upstream.requests[0]?.url).toBe('http://a.test/v1/embeddings')
  })

  it('submits a job on RunPod and a prediction on Replicate', async () => {
    const upstream = fakeUpstream()
    await dummySender(adapters, upstream.send)(poolOf({ protocol: 'runpod', endpoints: [{ id: 'a', url: 'http://a.test/v2/abc', canaryShare: null }] }))
    await dummySender(adapters, upstream.send)(poolOf({ protocol: 'replicate', models: { m: 'deployments/me/llama' } }))
    expect(upstream.requests.map(({ url }) => url.replace(/\?.*/u, ''))).toEqual(['http://a.test/v2/abc/runsync', 'http://a.test/v1/deployments/me/llama/predictions'])
  })

  it('rejects where the upstream refuses', async () => {
    const upstream = fakeUpstream()
    upstream.answer = () => answerOf(404, '')
    await expect(dummySender(adapters, upstream.send)(poolOf())).rejects.toThrowError('status 404')
  })
})
