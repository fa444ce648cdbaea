import { describe, expect, it } from 'vitest'
import { refusedByAdmission, refusedByPolicy, refusedByUpstream } from './failure.ts'

const refused = (status: number, body: object | string = {}, retryAfter: number | null = null): ReturnType<typeof refusedByUpstream> => refusedByUpstream(status, typeof body === 'string' ? body : JSON.stringify(body), retryAfter, ['canary'])

describe('refusedByUpstream', () => {
  it.each([
    [301, 502, 'upstream_invalid_response', true],
    [401, 502, 'upstream_auth_failed', true],
    [402, 502, 'upstream_auth_failed', true],
    [403, 502, 'upstream_auth_failed', true],
    [408, 502, 'upstream_failed', true],
    [429, 429, 'upstream_rate_limited', true],
    [500, 502, 'upstream_failed', true],
    [503, 502, 'upstream_failed', true],
    [529, 502, 'upstream_failed', true],
    [400, 400, 'upstream_rejected', false],
    [404, 404, 'upstream_rejected', false],
    [422, 422, 'upstream_rejected', false],
  ])('an upstream that answers %s', (status, client, code, fault) => {
    expect(refused(status, { error: { message: 'x' } })).toMatchObject({ code: `http_${status}`, client: { status: client, code }, fault })
  })

  it('tells the client what to mend, without secrets and without end', () => {
    expect(refused(400, { error: { message: `bad key canary ${'x'.repeat(5000)}`, type: 'invalid_request_error', param: 'messages', code: 'context_length_exceeded' } }).client).toEqual({
      status: 400,
      code: 'context_length_exceeded',
      type: 'invalid_request_error',
      param: 'messages',
      message: expect.stringMatching(/^bad key \*\*\* x{1988}$/u),
      retryAfterSeconds: null,
    })
  })

  it.each([['<html>canary</html>'], [''], ['[]'], ['{"error":"canary"}'], ['{"message":7}']])('keeps a body of another shape to itself: %s', (body) => {
    expect(refused(400, body).client.message).toBe('The upstream refused the call.')
  })

  it('says nothing of what an upstream says about itself', () => {
    for (const status of [301, 401, 403, 429, 500, 503]) expect(JSON.stringify(refused(status, { error: { message: 'leak', code: 'leak', type: 'leak' } }))).not.toContain('leak')
  })

  it('passes on when to come back', () => {
    expect(refused(429, {}, 1500)).toMatchObject({ retryAfterMs: 1500, client: { retryAfterSeconds: 2 } })
    expect(refused(503, {}, 1500).retryAfterMs).toBe(1500)
  })
})

describe('refusedByPolicy', () => {
  it.each([
    ['no-model', 404, 'model_not_found'],
    ['no-residency', 403, 'residency_unavailable'],
    ['no-realtime', 503, 'realtime_unavailable'],
    ['all-down', 503, 'upstreams_unavailable'],
    ['queue-full', 503, 'queue_full'],
    ['wait-expired', 503, 'wait_expired'],
    ['probe', 503, 'upstreams_unavailable'],
  ] as const)('%s', (reason, status, code) => {
    expect(refusedByPolicy({ kind: 'refuse', reason, retryAfterMs: 10 })).toMatchObject({ status, code, retryAfterSeconds: 1 })
  })
})

it('passes on what admission says', () => {
  expect(refusedByAdmission({ ok: false, status: 402, code: 'budget_exceeded', message: 'Spent.', retryAfterSeconds: 60, keyId: 'k', tenant: 't' })).toEqual({ status: 402, code: 'budget_exceeded', type: 'rate_limit_error', message: 'Spent.', param: null, retryAfterSeconds: 60 })
})
