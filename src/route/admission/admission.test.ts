import { expect, it } from 'vitest'
import { createAdmission } from './admission.ts'
import { newSecret } from './key-secret.ts'
import { keyRow, NO_LOOPS, OTHER_SECRET, PEPPER, rules, SECRET, seededBytes, START, testBench, verdict } from './testing.ts'

const USED = { cost: 100n, promptTokens: 10, outputTokens: 5 }

it('admits a call with a known key and says by which rules', async () => {
  const { admit } = await testBench({ keys: [keyRow({ rules: rules({ models: ['m', 'n*'], residency: 'eu', priority: 'realtime' }) })] })
  expect(admit()).toMatchObject({ ok: true, keyId: 'key_1', tenant: 'acme', models: ['m', 'n*'], residency: 'eu', priority: 'realtime', warning: null })
  expect(admit({ residency: 'eu-central-1', priority: 'batch' })).toMatchObject({ residency: 'eu-central-1', priority: 'batch' })
})

it.each([
  ['no key', null, 'missing_api_key'],
  ['an empty key', '', 'missing_api_key'],
  ['a key that nobody knows', OTHER_SECRET, 'invalid_api_key'],
  ['another product\'s key', 'sk-proj-1234', 'invalid_api_key'],
  ['an endless key', 'sw_'.repeat(100_000), 'invalid_api_key'],
  ['a key with a zero byte', `${SECRET}\0`, 'invalid_api_key'],
])('refuses %s with 401', async (_, secret, code) => {
  const { admit } = await testBench()
  for (let time = 0; time < 2; time++) expect(admit({ secret })).toMatchObject({ ok: false, status: 401, code, keyId: null, tenant: 'unknown', retryAfterSeconds: null })
})

it('tells a typing error from an unknown key, and never repeats the key', async () => {
  const { admit } = await testBench()
  const typo = `${SECRET.slice(0, 20)}${SECRET[20] === 'a' ? 'b' : 'a'}${SECRET.slice(21)}`
  const [mistyped, unknown] = [admit({ secret: typo }), admit({ secret: OTHER_SECRET })]
  expect(mistyped).toMatchObject({ code: 'invalid_api_key', message: expect.stringContaining('typing error') })
  expect(unknown).toMatchObject({ code: 'invalid_api_key', message: expect.not.stringContaining('typing error') })
  expect(JSON.stringify([mistyped, unknown])).not.toMatch(/sw_[0-9A-Za-z]{5}/u)
})

it.each([
  ['disabled', { disabledAt: START }, 'api_key_disabled', 401],
  ['expired', { expiresAt: START }, 'api_key_expired', 401],
  ['for reading alone', { rules: rules({ scopes: ['read'] }) }, 'scope_missing', 403],
  ['for other models', { rules: rules({ models: ['other'] }) }, 'model_not_allowed', 403],
  ['for another region', { rules: rules({ residency: 'eu' }) }, 'residency_conflict', 403],
] as const)('refuses a key that is %s', async (_, change, code, status) => {
  const { admit } = await testBench({ keys: [keyRow(change)] })
  expect(admit({ residency: 'us' })).toMatchObject({ ok: false, code, status, keyId: 'key_1', tenant: 'acme' })
})

it('a key ends at its moment, not before', async () => {
  const { admit } = await testBench({ keys: [keyRow({ expiresAt: START + 1000 })] })
  expect([999, 1000].map((ms) => verdict(admit({ now: START + ms })))).toEqual(['ok', 'api_key_expired'])
})

it.each([
  [['ingest'], true, false],
  [['call'], true, false],
  [['read'], false, true],
  [['read', 'admin'], false, true],
] as const)('a key with the scopes %j may report calls: %s, and ask: %s', async (scopes, mayIngest, mayRead) => {
  const { admission } = await testBench({ keys: [keyRow({ rules: rules({ scopes }) })] })
  expect(admission.identify(SECRET, START)).toMatchObject({ ok: true, mayIngest, mayRead, mayAdminister: (scopes as readonly string[]).includes('admin') })
})

it('identify needs a key that is valid, and no scope', async () => {
  const { admission } = await testBench({ keys: [keyRow({ rules: rules({ scopes: [], models: ['m'] }) })] })
  expect(admission.identify(SECRET, START)).toEqual({ ok: true, keyId: 'key_1', tenant: 'acme', models: ['m'], mayIngest: false, mayRead: false, mayAudit: false, mayAdminister: false })
  expect(admission.identify(OTHER_SECRET, START)).toMatchObject({ ok: false, code: 'invalid_api_key' })
  expect(admission.stats().reservations).toBe(0)
})

it('after a rotation both secrets work, then only the new one', async () => {
  const old = keyRow()
  const { admit, store, admission } = await testBench({ keys: [old] })
  await store.keys.update('key_1', { hash: keyRow({ secret: OTHER_SECRET }).hash, previous: { hash: old.hash, expiresAt: START + 1000 } })
  await admission.reload()
  expect([SECRET, OTHER_SECRET].map((secret) => verdict(admit({ secret })))).toEqual(['ok', 'ok'])
  expect([SECRET, OTHER_SECRET].map((secret) => verdict(admit({ secret, now: START + 1000 })))).toEqual(['api_key_superseded', 'ok'])
})

it('a reload brings changes and keeps what is counted', async () => {
  const { admit, store, admission } = await testBench({ keys: [keyRow({ rules: rules({ limits: { rpm: 2 } }) })] })
  expect([verdict(admit()), verdict(admit())]).toEqual(['ok', 'ok'])
  await store.keys.update('key_1', { rules: rules({ limits: { rpm: 3 } }) })
  await store.keys.insert(keyRow({ id: 'key_2', secret: OTHER_SECRET }))
  await admission.reload()
  expect([verdict(admit()), verdict(admit()), verdict(admit({ secret: OTHER_SECRET }))]).toEqual(['ok', 'rate_limit_exceeded', 'ok'])
})

it('static keys work without a store, beside one, and keep working when it is reloaded', async () => {
  const staticKeys = [{ id: 'demo', secret: 'sw_demo', tenant: 'demo' }]
  const alone = createAdmission({ store: null, clock: { now: () => START }, pepper: PEPPER, staticKeys, loops: NO_LOOPS, flushMs: null })
  expect(alone.identify('sw_demo', START)).toMatchObject({ ok: true, keyId: 'demo', tenant: 'demo' })
  const { admit, admission } = await testBench({ staticKeys })
  await admission.reload()
  expect([verdict(admit({ secret: 'sw_demo' })), verdict(admit()), verdict(admit({ secret: 'sw_dem' }))]).toEqual(['ok', 'ok', 'invalid_api_key'])
})

it('static keys follow a new configuration: a leaked one that is taken out works no more', async () => {
  const staticKeys = [{ id: 'demo', secret: 'sw_demo', tenant: 'demo' }]
  const { admit, admission } = await testBench({ staticKeys })
  expect(verdict(admit({ secret: 'sw_demo' }))).toBe('ok')
  admission.configureStaticKeys([{ id: 'demo', secret: 'sw_other', tenant: 'demo' }])
  expect([verdict(admit({ secret: 'sw_demo' })), verdict(admit({ secret: 'sw_other' })), verdict(admit())]).toEqual(['invalid_api_key', 'ok', 'ok'])
  await admission.reload()
  expect([verdict(admit({ secret: 'sw_demo' })), verdict(admit({ secret: 'sw_other' })), verdict(admit())]).toEqual(['invalid_api_key', 'ok', 'ok'])
})

it('before the first load and after the end it asks to come again', async () => {
  const { admission, store, admit } = await testBench()
  const early = createAdmission({ store, clock: { now: () => START }, pepper: PEPPER, loops: NO_LOOPS, flushMs: null })
  expect(early.identify(SECRET, START)).toMatchObject({ status: 429, code: 'admission_not_ready', retryAfterSeconds: 1 })
  await admission.close()
  expect(admit()).toMatchObject({ status: 429, code: 'admission_not_ready' })
})

it('remembers at most so many secrets, known or not', async () => {
  const bytes = seededBytes(3)
  const secrets = Array.from({ length: 30 }, () => newSecret(bytes))
  const { admit, admission } = await testBench({ keys: secrets.map((secret, index) => keyRow({ id: `key_${index}`, secret })), limits: { cachedSecrets: 10 } })
  for (let round = 0; round < 2; round++) for (const secret of secrets) expect(verdict(admit({ secret }))).toBe('ok')
  for (let stranger = 0; stranger < 100; stranger++) admit({ secret: `guess-${stranger}` })
  expect(admission.stats()).toMatchObject({ keys: 30, cachedSecrets: 10, cachedUnknown: 10 })
  expect(secrets.map((secret) => verdict(admit({ secret })))).toEqual(secrets.map(() => 'ok'))
})

it('requests a minute: as many as allowed in any 60 seconds, then Retry-After is right', async () => {
  const { admit, pass } = await testBench({ keys: [keyRow({ rules: rules({ limits: { rpm: 2 } }) })] })
  expect([verdict(admit()), verdict(admit())]).toEqual(['ok', 'ok'])
  expect(admit()).toMatchObject({ status: 429, code: 'rate_limit_exceeded', retryAfterSeconds: 61 })
  pass(60_999)
  expect(verdict(admit())).toBe('rate_limit_exceeded')
  pass(1)
  expect(verdict(admit())).toBe('ok')
})

it('refused calls count nowhere', async () => {
  const { admit, admission } = await testBench({ keys: [keyRow({ rules: rules({ models: ['m'], limits: { rpm: 1, tpm: 100, concurrency: 1 } }) })] })
  for (let time = 0; time < 50; time++) admit({ model: 'other' })
  expect(verdict(admit())).toBe('ok')
  expect(admission.stats()).toMatchObject({ admitted: 1, reservations: 1, refused: { model_not_allowed: 50 } })
})

it('tokens a minute: the estimate is held, the true count is kept', async () => {
  const { must, admit, now } = await testBench({ keys: [keyRow({ rules: rules({ limits: { tpm: 100 } }) })] })
  const first = must({ promptTokens: 10, maxOutputTokens: 80 })
  expect(verdict(admit({ promptTokens: 10, maxOutputTokens: 10 }))).toBe('rate_limit_exceeded')
  first.reservation.settle({ cost: 0n, promptTokens: 10, outputTokens: 10 }, now)
  expect(verdict(admit({ promptTokens: 10, maxOutputTokens: 70 }))).toBe('ok')
  expect(verdict(admit({ promptTokens: 1, maxOutputTokens: 0 }))).toBe('rate_limit_exceeded')
})

it('tokens a minute: a released call gives all back, one that used more than estimated holds more', async () => {
  const { must, admit, now } = await testBench({ keys: [keyRow({ rules: rules({ limits: { tpm: 100 } }) })] })
  must({ promptTokens: 50, maxOutputTokens: 50 }).reservation.release(now)
  must({ promptTokens: 10, maxOutputTokens: 10 }).reservation.settle({ cost: 0n, promptTokens: 10, outputTokens: 85 }, now)
  expect(verdict(admit({ promptTokens: 3, maxOutputTokens: 3 }))).toBe('rate_limit_exceeded')
})

it('tokens a minute: an output without a stated maximum takes the whole minute, a prompt beyond it can never pass', async () => {
  const { admit, must, now } = await testBench({ keys: [keyRow({ rules: rules({ limits: { tpm: 100 } }) })] })
  expect(admit({ promptTokens: 101, maxOutputTokens: 0 })).toMatchObject({ code: 'request_exceeds_rate_limit', status: 429, retryAfterSeconds: null })
  must({ promptTokens: 10, maxOutputTokens: 128_000 }).reservation.settle({ cost: 0n, promptTokens: 10, outputTokens: 10 }, now)
  expect(verdict(admit({ promptTokens: 80, maxOutputTokens: 0 }))).toBe('ok')
})

it('a token limit that is lifted and set again while a call runs starts from nothing', async () => {
  const { must, admit, now, store, admission } = await testBench({ keys: [keyRow({ rules: rules({ limits: { tpm: 100 } }) })] })
  const running = must({ promptTokens: 10, maxOutputTokens: 90 })
  for (const tpm of [null, 100]) {
    await store.keys.update('key_1', { rules: rules({ limits: { tpm } }) })
    await admission.reload()
  }
  running.reservation.settle({ cost: 0n, promptTokens: 10, outputTokens: 1 }, now)
  expect([verdict(admit({ promptTokens: 100, maxOutputTokens: 0 })), verdict(admit({ promptTokens: 1, maxOutputTokens: 0 }))]).toEqual(['ok', 'rate_limit_exceeded'])
})

it('calls at once: a place is free again after settling, releasing, and for good after each once', async () => {
  const { must, admit, now, admission } = await testBench({ keys: [keyRow({ rules: rules({ limits: { concurrency: 2 } }) })] })
  const [first, second] = [must(), must()]
  expect(admit()).toMatchObject({ status: 429, code: 'concurrency_limit_exceeded', retryAfterSeconds: 1 })
  first.reservation.settle(USED, now)
  first.reservation.settle(USED, now)
  first.reservation.release(now)
  expect([verdict(admit()), verdict(admit())]).toEqual(['ok', 'concurrency_limit_exceeded'])
  second.reservation.release(now)
  second.reservation.settle(USED, now)
  expect([verdict(admit()), verdict(admit())]).toEqual(['ok', 'concurrency_limit_exceeded'])
  expect(admission.stats().reservations).toBe(2)
})

it('a limit of zero lets nothing through', async () => {
  for (const limit of ['rpm', 'tpm', 'concurrency']) {
    const { admit } = await testBench({ keys: [keyRow({ rules: rules({ limits: { [limit]: 0 } }) })] })
    expect(admit({ promptTokens: 1 })).toMatchObject({ ok: false, status: 429 })
  }
})

it('a clock set back by an hour does not freeze the limits, set forward it does not lift them', async () => {
  const bench = await testBench({ keys: [keyRow({ rules: rules({ limits: { rpm: 1 } }) })] })
  bench.must()
  bench.now -= 3_600_000
  expect(verdict(bench.admit())).toBe('rate_limit_exceeded')
  bench.pass(61_000)
  expect(verdict(bench.admit())).toBe('ok')
  bench.now += 86_400_000
  expect(verdict(bench.admit())).toBe('rate_limit_exceeded')
})

it('reservations of calls that vanished expire: no phantom 429 (peer defect 2)', async () => {
  const { must, admit, pass, admission, events } = await testBench({ keys: [keyRow({ rules: rules({ limits: { concurrency: 1 } }) })], reservationMs: 60_000 })
  must({ estimate: 7n })
  pass(59_999)
  expect(verdict(admit())).toBe('concurrency_limit_exceeded')
  pass(1)
  expect(verdict(admit())).toBe('ok')
  expect(admission.stats()).toMatchObject({ reservations: 1, expiredReservations: 1 })
  expect(events).toEqual([{ type: 'reservation-expired', at: START + 60_000, keyId: 'key_1', estimate: 7n }])
})

it('releasing after the expiry gives nothing back twice', async () => {
  const { must, admit, pass, now } = await testBench({ keys: [keyRow({ rules: rules({ limits: { concurrency: 1 } }) })], reservationMs: 1000 })
  const lost = must()
  pass(1000)
  lost.reservation.release(now)
  lost.reservation.release(now)
  expect([verdict(admit()), verdict(admit())]).toEqual(['ok', 'concurrency_limit_exceeded'])
})

it('a clock set forward by a day does not let running calls\' reservations expire', async () => {
  const bench = await testBench({ reservationMs: 60_000 })
  bench.must()
  bench.now += 86_400_000
  bench.must()
  expect(bench.admission.stats()).toMatchObject({ reservations: 2, expiredReservations: 0 })
})

it('what a listener throws is not the call\'s failure', async () => {
  const { must, pass, admission } = await testBench({
    reservationMs: 1000,
    onEvent: () => {
      throw new Error('listener')
    },
  })
  must()
  pass(1000)
  expect(admission.stats().expiredReservations).toBe(1)
})
