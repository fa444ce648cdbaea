import { describe, expect, it } from 'vitest'
import { memoryTelemetry } from '../../store/telemetry/memory.ts'
import { anObservation, DAY, T0 } from '../../store/telemetry/testing.ts'
import { CardinalityGuard, OTHER } from './cardinality-guard.ts'

const featureOf = async (guard: CardinalityGuard, feature: string | null, parts: Parameters<typeof anObservation>[0] = {}): Promise<string | null> => (await guard.guard(anObservation({ ...parts, attribution: { feature } }))).attribution.feature

describe('CardinalityGuard', () => {
  it('keeps the first names of a day and groups the rest, for each tenant and day', async () => {
    const guard = new CardinalityGuard(memoryTelemetry(), 2)
    expect([await featureOf(guard, 'a'), await featureOf(guard, 'b'), await featureOf(guard, 'c'), await featureOf(guard, 'a'), await featureOf(guard, null)]).toEqual(['a', 'b', OTHER, 'a', null])
    expect(guard.grouped).toBe(1)
    expect(await featureOf(guard, 'c', { tenant: 'other' })).toBe('c')
    expect(await featureOf(guard, 'c', { startedAt: T0 + DAY })).toBe('c')
  })

  it('a million names leave as many as the limit', async () => {
    const guard = new CardinalityGuard(memoryTelemetry())
    const seen = new Set<string | null>()
    const one = anObservation()
    for (let n = 0; n < 1_000_000; n++) seen.add((await guard.guard({ ...one, attribution: { ...one.attribution, feature: `request ${n}` } })).attribution.feature)
    expect([seen.size, seen.has(OTHER), guard.grouped]).toEqual([1001, true, 999_000])
  }, 60_000)

  it('guards prompts, versions, models, names and the names of tags; users and sessions are ids', async () => {
    const guard = new CardinalityGuard(memoryTelemetry(), 1)
    await guard.guard(anObservation({ attribution: { tags: { team: 'x' } } }))
    const other = await guard.guard(anObservation({ name: 'n2', modelAsked: 'm2', attribution: { user: 'u2', session: 's2', feature: 'f2', prompt: 'p2', promptVersion: 'v2', tags: { team: 'y', id7: 'z' } } }))
    expect(other).toMatchObject({ name: OTHER, modelAsked: OTHER, attribution: { user: 'u2', session: 's2', feature: OTHER, prompt: OTHER, promptVersion: OTHER } })
    expect(other.attribution.tags).toEqual({ team: 'y' })
    expect(guard.grouped).toBe(1)
  })

  it('an observation that keeps its names stays the same object', async () => {
    const observation = anObservation()
    expect(await new CardinalityGuard(memoryTelemetry()).guard(observation)).toBe(observation)
  })

  it('after a restart goes on with what the store has', async () => {
    const store = memoryTelemetry()
    await store.append({ observations: [anObservation({ id: '1', attribution: { feature: 'a' } }), anObservation({ id: '2', attribution: { feature: 'b' } })], scores: [], at: 1 })
    const guard = new CardinalityGuard(store, 2)
    expect([await featureOf(guard, 'c'), await featureOf(guard, 'b')]).toEqual([OTHER, 'b'])
  })
})
