import { describe, expect, it } from 'vitest'
import type { UpstreamAdapter, UpstreamRequest } from '../seams.ts'
import { openaiAdapter } from './openai/adapter.ts'
import { callOf, endpointAt, poolOf } from './testing.ts'
import { basePath, onPoolPaths, upstreamModel, upstreamPath } from './upstream-path.ts'

const call = callOf('chat', { model: 'm', messages: [] })

describe('upstream paths', () => {
  it.each([
    ['http://10.0.0.5:8000', ''],
    ['http://10.0.0.5:8000/', ''],
    ['https://api.runpod.ai/v2/ep1', '/v2/ep1'],
    ['https://x.example.com/a/b//', '/a/b'],
  ])('have the base path of %s in front', (url, expected) => {
    expect(basePath(endpointAt(url))).toBe(expected)
  })

  it('take the pool\'s path, with the upstream\'s name of the model as one segment', () => {
    const pool = poolOf({ paths: { chat: '/d/{model}/chat?v=1' } })
    expect(upstreamPath(pool, endpointAt('https://x.example.com/base/'), 'chat', '/v1/chat/completions', 'a/b?c')).toBe('/base/d/a%2Fb%3Fc/chat?v=1')
    expect(upstreamPath(pool, endpointAt('https://x.example.com'), 'completions', '/v1/completions', 'm')).toBe('/v1/completions')
  })

  it('rename models by the pool\'s own table, whatever they are called', () => {
    expect(upstreamModel(poolOf({ models: { m: 'org/m' } }), 'm')).toBe('org/m')
    expect([upstreamModel(poolOf(), 'm'), upstreamModel(poolOf(), 'constructor')]).toEqual(['m', 'constructor'])
  })

  it('leave an adapter\'s request alone where the pool has none', () => {
    const adapter = onPoolPaths(openaiAdapter)
    expect((adapter.request(call, poolOf(), endpointAt('http://x/y'), 'c1') as UpstreamRequest).path).toBe('/y/v1/chat/completions')
  })

  it('are put in for adapters that take their time, too', async () => {
    const slow: UpstreamAdapter = { ...openaiAdapter, request: (...args) => Promise.resolve(openaiAdapter.request(...args)) }
    expect(await onPoolPaths(slow).request(call, poolOf({ paths: { chat: '/x' } }), endpointAt('http://x/y'), 'c1')).toMatchObject({ path: '/y/x' })
  })
})
