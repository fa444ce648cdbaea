import fc from 'fast-check'
import { expect, it } from 'vitest'
import { anObservation, aScore } from '../../store/telemetry/testing.ts'
import { ROUTES } from './answer-query.ts'
import { asked } from './testing.ts'

const NAMES = [...new Set(ROUTES.flatMap(({ query }) => Object.keys(query.properties))), 'tag[team]', 'tag[]', 'user[x]', 'constructor', '__proto__', '']
const VALUES = ['', 'ann', '0', '-1', '1.5', '1e9', '20', '1d', '0d', '999999w', '2026-11-25', '2026-02-30', '0000-01-01', '9999-12-31T23:59:59Z', 'true', 'user', 'user,pool', 'tag:', 'tag:team', 'ttft', 'parquet', 'focus', 'thumb', 'thumb>=', 'thumb>=1', '=', '%', '\u0000', '🔑', "' OR 1=1 --", 'x'.repeat(2000)]

it('whatever is asked is answered or refused with a code, and never a defect', async () => {
  const ask = await asked([anObservation({ attribution: { traceId: 't', tags: { team: 'core' } } })], [aScore({ traceId: 't' })], { dedicated: [{ id: 'floor', nanoUsdPerHour: '1', replicas: 2 }] })
  const address = fc.constantFrom(...ROUTES.map(({ path }) => path)).chain((path) => fc.oneof(fc.constantFrom('t', 'call-1', '%00', '..%2f', 'a/b'), fc.string()).map((id) => path.replace('{id}', () => encodeURI(id))))
  const parameters = fc.array(fc.tuple(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...NAMES) }, { weight: 1, arbitrary: fc.string() }), fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...VALUES) }, { weight: 1, arbitrary: fc.string() })), { maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(address, parameters, async (path, pairs) => {
      const { status, body } = await ask(`${path}?${new URLSearchParams(pairs as [string, string][]).toString()}`)
      expect([200, 400, 404, 503]).toContain(status)
      expect(status === 200 || typeof (body['error'] as { readonly code?: unknown } | undefined)?.code === 'string').toBe(true)
    }),
    { numRuns: 1000 },
  )
})
