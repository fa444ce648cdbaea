import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAttribution } from './parse-attribution.ts'

const NOTHING = { user: null, metadata: null }

describe('readAttribution', () => {
  it('reads our own headers', () => {
    const facts = readAttribution(
      { 'x-spillway-user': 'u', 'x-spillway-feature': 'search', 'x-spillway-session': 's', 'x-spillway-prompt': 'greet@v3', 'x-spillway-data-region': 'EU', 'x-spillway-priority': 'batch', 'x-request-id': 'r-1' },
      NOTHING,
    )
    expect(facts).toEqual({ attribution: { user: 'u', feature: 'search', session: 's', prompt: 'greet', promptVersion: 'v3', traceId: null, parentSpanId: null, tags: {} }, priority: 'batch', residency: 'eu', retryCount: null, forward: { 'x-request-id': 'r-1' } })
  })

  it('reads what the body says, and takes the more direct word where two speak', () => {
    const metadata = { user_id: 'from metadata', feature: 'chat', team: 'growth', count: 3 }
    expect(readAttribution({}, { user: 'from body', metadata }).attribution).toMatchObject({ user: 'from body', feature: 'chat', tags: { team: 'growth', count: '3' } })
    expect(readAttribution({ 'x-spillway-user': 'from header' }, { user: 'from body', metadata }).attribution.user).toBe('from header')
  })

  it("reads Helicone's headers", () => {
    const { attribution } = readAttribution({ 'helicone-user-id': 'u', 'helicone-session-id': 's', 'helicone-prompt-id': 'p', 'helicone-property-feature': 'f', 'helicone-property-tier': 'gold', 'helicone-auth': 'Bearer canary' }, NOTHING)
    expect(attribution).toMatchObject({ user: 'u', session: 's', prompt: 'p', feature: 'f', tags: { tier: 'gold' } })
    expect(JSON.stringify(attribution)).not.toContain('canary')
  })

  it('reads any tag: our own headers, numbers and flags in metadata, properties, baggage; the more direct word wins', () => {
    const facts = readAttribution(
      { 'x-spillway-tag-environment': 'prod', 'x-spillway-tag-team': 'core', 'helicone-property-team': 'other', 'helicone-property-tier': 'gold', baggage: 'tier=silver,release=42' },
      { user: null, metadata: { environment: 'test', retries: 2, beta: true, nested: { no: 1 }, list: ['no'], nothing: null } },
    )
    expect(facts.attribution.tags).toEqual({ environment: 'prod', team: 'core', tier: 'gold', retries: '2', beta: 'true', release: '42' })
    expect(readAttribution({ 'x-spillway-tag-user': 'ann', 'x-spillway-tag-': 'x' }, NOTHING).attribution).toMatchObject({ user: 'ann', tags: {} })
  })

  it.each([
    [{ 'x-spillway-prompt': 'greet' }, {}, 'greet', null],
    [{ 'x-spillway-prompt': 'greet@' }, {}, 'greet', null],
    [{ 'helicone-prompt-id': 'greet@v2' }, {}, 'greet', 'v2'],
    [{}, { metadata: { prompt: 'greet@v2' } }, 'greet', 'v2'],
    [{}, { metadata: { prompt_id: 'greet', prompt_version: 7 } }, 'greet', '7'],
    [{ baggage: 'prompt.id=greet,prompt.version=v3' }, {}, 'greet', 'v3'],
    [{}, { prompt: { id: 'pmpt_1', version: '2', variables: {} } }, 'pmpt_1', '2'],
    [{ 'x-spillway-prompt': 'mine@v1' }, { metadata: { prompt: 'other@v9' }, prompt: { id: 'pmpt_1' } }, 'mine', 'v1'],
  ])('a prompt and its version: %j %j', (headers, body, prompt, promptVersion) => {
    expect(readAttribution(headers, { ...NOTHING, ...body }).attribution).toMatchObject({ prompt, promptVersion })
  })

  it.each([['0', 0], ['2', 2], ['', null], ['-1', null], ['1.5', null], ['1e9', null], ['two', null]])('the retry count of Stainless clients: %j is %j', (text, count) => {
    expect(readAttribution({ 'x-stainless-retry-count': text }, NOTHING).retryCount).toBe(count)
  })

  it('reads W3C trace context, and passes it on', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    expect(readAttribution({ traceparent, tracestate: 'a=b' }, NOTHING)).toMatchObject({ attribution: { traceId: '0af7651916cd43dd8448eb211c80319c', parentSpanId: 'b7ad6b7169203331' }, forward: { traceparent, tracestate: 'a=b' } })
    for (const wrong of ['00-00000000000000000000000000000000-b7ad6b7169203331-01', '00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01', 'x', '']) expect(readAttribution({ traceparent: wrong }, NOTHING)).toMatchObject({ attribution: { traceId: null }, forward: {} })
  })

  it('reads baggage, and keeps it from third parties', () => {
    const facts = readAttribution({ baggage: 'user.id=ann%20b,session.id=s1;meta=x, team = core ,broken,=x,bad=%zz' }, NOTHING)
    expect(facts.attribution).toMatchObject({ user: 'ann b', session: 's1', tags: { team: 'core', bad: '%zz' } })
    expect(facts.forward).toEqual({})
  })

  it.each([
    ['x-spillway-priority', 'urgent'],
    ['x-spillway-data-region', '../eu'],
    ['x-spillway-data-region', 'eu,us'],
  ])('refuses %s: %s, since a typo there would serve the call where it must not be', (name, value) => {
    expect(() => readAttribution({ [name]: value }, NOTHING)).toThrow(expect.objectContaining({ failure: expect.objectContaining({ status: 400, code: 'invalid_value', param: name }) }))
  })

  it('bounds every text and the number of tags', () => {
    const text = fc.string({ maxLength: 2000 })
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1, maxLength: 200 }), text, { maxKeys: 40 }), text, text, (metadata, user, baggage) => {
        const { attribution } = readAttribution({ 'x-spillway-user': user, baggage, 'x-spillway-prompt': text.toString() }, { user, metadata })
        expect(Object.keys(attribution.tags).length).toBeLessThanOrEqual(16)
        for (const [key, value] of Object.entries(attribution.tags)) expect(Math.max(key.length, value.length)).toBeLessThanOrEqual(64)
        for (const value of [attribution.user, attribution.feature, attribution.session, attribution.prompt]) expect(value?.length ?? 0).toBeLessThanOrEqual(256)
      }),
    )
  })

  it('takes hostile keys as text', () => {
    const metadata = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, unknown>
    const { tags } = readAttribution({}, { user: null, metadata }).attribution
    expect(Object.getPrototypeOf(tags)).toBe(Object.prototype)
    expect(Object.entries(tags)).toEqual([['constructor', 'y']])
  })
})
