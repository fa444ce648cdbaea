import { describe, expect, it } from 'vitest'
import type { LoopConfig } from '../config-types.ts'
import { fingerprint } from './fingerprint.ts'
import { type CallWish, keyRow, OTHER_SECRET, START, type TestBench, testBench, verdict } from './testing.ts'

const KILL: LoopConfig = { action: 'kill', repeats: 3, windowMs: 60_000, spendPerMinute: 1000 }
const ask = (text: string): string => fingerprint({ model: 'm', messages: [{ role: 'user', content: text }] })
const SAME = ask('same')

/** One call after another, a second apart, each costing so much; tells what became of each. */
function calls(bench: TestBench, wishes: readonly CallWish[], cost: bigint): string[] {
  return wishes.map((wish) => {
    const answer = bench.admit(wish)
    if (answer.ok) answer.reservation.settle({ cost, promptTokens: 1, outputTokens: 1 }, bench.now)
    bench.pass(1000)
    return answer.ok ? (answer.warning ?? 'ok') : answer.code
  })
}

const times = (count: number, wish: CallWish = { fingerprint: SAME }): CallWish[] => Array.from({ length: count }, () => wish)

it('kills the exact repeat that spends too fast, and only that (peer defect 17: no breaker on what a session spends)', async () => {
  const bench = await testBench({ loops: KILL })
  expect(calls(bench, times(4), 600n)).toEqual(['ok', 'ok', 'loop_detected', 'loop_detected'])
  expect(calls(bench, [{ fingerprint: ask('another') }, { fingerprint: null }], 600n)).toEqual(['ok', 'ok'])
})

it('a killed call says to the agent what repeats, how often and what to do', async () => {
  const bench = await testBench({ loops: KILL })
  calls(bench, times(2, { fingerprint: SAME, session: 'trip' }), 600_000_000n)
  const killed = bench.admit({ fingerprint: SAME, session: 'trip' })
  expect(killed).toMatchObject({ ok: false, status: 403, code: 'loop_detected', keyId: 'key_1', retryAfterSeconds: 58 })
  expect(killed).toMatchObject({
    message:
      'The same request (same model, messages, tools and settings) was sent 3 times within 60 seconds in session "trip", while the session spent $1.20 in the last minute (limit $0.000001). It was stopped as a loop. Do not send it again: use an answer that you already have, change the request by what you have learned since, or end the task and say what blocked it. This exact request is refused for about 58 seconds; other requests are not.',
  })
})

it('every kill is an event', async () => {
  const bench = await testBench({ loops: KILL })
  calls(bench, times(4, { fingerprint: SAME, session: 's' }), 600n)
  const seen = { type: 'loop-killed', tenant: 'acme', keyId: 'key_1', session: 's', feature: null, model: 'm', fingerprint: SAME, by: 'request', tool: null, repeats: 3, windowMs: 60_000, spent: 1200n, spendPerMinute: 1000n }
  expect(bench.events).toEqual([{ ...seen, at: START + 2000 }, { ...seen, at: START + 3000 }])
})

it('ends when the repeats are old, and the wait that it names is right', async () => {
  const bench = await testBench({ loops: { ...KILL, windowMs: 20_000 } })
  calls(bench, times(2), 600n)
  expect(bench.admit({ fingerprint: SAME })).toMatchObject({ code: 'loop_detected', retryAfterSeconds: 18 })
  bench.pass(17_999)
  expect(verdict(bench.admit({ fingerprint: SAME }))).toBe('loop_detected')
  bench.pass(1)
  expect(verdict(bench.admit({ fingerprint: SAME }))).toBe('ok')
})

it('ends when the spend is old, where that comes first', async () => {
  const bench = await testBench({ loops: { ...KILL, windowMs: 600_000 } })
  calls(bench, times(2), 600n)
  const killed = bench.admit({ fingerprint: SAME })
  expect(killed).toMatchObject({ code: 'loop_detected', retryAfterSeconds: 68 })
  bench.pass(68_000)
  expect(bench.admit({ fingerprint: SAME })).toMatchObject({ ok: true, warning: 'loop' })
})

it('repeats alone warn, once as an event', async () => {
  const bench = await testBench({ loops: KILL })
  expect(calls(bench, times(5), 1n)).toEqual(['ok', 'ok', 'loop', 'loop', 'loop'])
  expect(bench.events.map(({ type }) => type)).toEqual(['loop-warned'])
})

it('warn never stops, off never looks', async () => {
  const warn = await testBench({ loops: { ...KILL, action: 'warn' } })
  expect(calls(warn, times(4), 10_000n)).toEqual(['ok', 'ok', 'loop', 'loop'])
  const off = await testBench({ loops: { ...KILL, action: 'off' } })
  expect(calls(off, times(10), 10_000n)).toEqual(times(10).map(() => 'ok'))
})

it('throttle lets a loop go on slowly, at its repeats a window', async () => {
  const bench = await testBench({ loops: { ...KILL, action: 'throttle' } })
  expect(calls(bench, times(3), 600n)).toEqual(['ok', 'ok', 'loop_throttled'])
  const slowed = bench.admit({ fingerprint: SAME })
  expect(slowed).toMatchObject({ status: 429, code: 'loop_throttled', retryAfterSeconds: 18 })
  bench.pass(18_000)
  expect(calls(bench, times(2), 600n)).toEqual(['loop', 'loop_throttled'])
  expect(bench.events.map(({ type }) => type)).toEqual(['loop-throttled', 'loop-throttled', 'loop-warned', 'loop-throttled'])
})

it('sessions are apart, keys too, and a key without sessions is one', async () => {
  const bench = await testBench({ loops: KILL, keys: [keyRow(), keyRow({ id: 'key_2', secret: OTHER_SECRET })] })
  const spread: CallWish[] = [{ session: 'a', fingerprint: SAME }, { session: 'b', fingerprint: SAME }, { fingerprint: SAME }, { secret: OTHER_SECRET, fingerprint: SAME }]
  expect(calls(bench, [...spread, ...spread], 600n)).toEqual(times(8).map(() => 'ok'))
  expect(calls(bench, spread, 600n)).toEqual(times(4).map(() => 'loop_detected'))
})

it('no false alarm: polling whose content changes', async () => {
  const bench = await testBench({ loops: KILL })
  const polls = Array.from({ length: 50 }, (_, index) => ({ fingerprint: ask(`Is build 7 done? It is 12:00:${index}.`) }))
  expect(calls(bench, polls, 600n)).toEqual(polls.map(() => 'ok'))
})

it('no false alarm: pagination', async () => {
  const bench = await testBench({ loops: KILL })
  const pages = Array.from({ length: 50 }, (_, page) => ({ fingerprint: fingerprint({ model: 'm', messages: [{ role: 'tool', content: `{"page": ${page}}` }] }) }))
  expect(calls(bench, pages, 600n)).toEqual(pages.map(() => 'ok'))
})

it('no false alarm: retries after the upstream\'s 429, beside an expensive session', async () => {
  const bench = await testBench({ loops: KILL })
  calls(bench, [{ fingerprint: ask('expensive') }], 5000n)
  for (let retry = 0; retry < 20; retry++) {
    bench.must({ fingerprint: SAME }).reservation.release(bench.now)
    bench.pass(500)
  }
  expect(calls(bench, times(1), 600n)).toEqual(['ok'])
})

it('no false alarm: retries that admission itself refused', async () => {
  const bench = await testBench({ loops: KILL, budgets: [{ id: 'b', tenant: 'acme', scope: 'tenant', value: '', period: 'day', limit: '10' }] })
  expect(calls(bench, times(10, { fingerprint: SAME, estimate: 11n }), 0n)).toEqual(times(10).map(() => 'budget_exceeded'))
  expect(calls(bench, times(1), 5n)).toEqual(['ok'])
})

it('no false alarm: sampling one prompt several times at low volume', async () => {
  const bench = await testBench({ loops: KILL })
  expect(calls(bench, times(8), 100n).filter((what) => what === 'loop_detected')).toEqual([])
})

it('no false alarm: the same question once in a while', async () => {
  const bench = await testBench({ loops: KILL })
  for (let day = 0; day < 10; day++) {
    expect(calls(bench, times(1), 600n)).toEqual(['ok'])
    bench.pass(30_000)
  }
})

it('repeats below two are no rule: one request never is a loop', async () => {
  const bench = await testBench({ loops: { ...KILL, repeats: 0, spendPerMinute: 0 } })
  expect(calls(bench, [{ fingerprint: ask('a') }, { fingerprint: ask('b') }, { fingerprint: ask('b') }], 600n)).toEqual(['ok', 'ok', 'loop_detected'])
})

const steps = (times: number): CallWish => ({ fingerprint: ask(`history of ${times}`), session: 's', repeated: { tool: 'search', times, period: 1, signature: 'search\n{}' } })
const turns = (from: number, to: number): CallWish[] => Array.from({ length: to - from + 1 }, (_, index) => steps(from + index))

describe('the same steps in the history of an agent, whose requests all differ', () => {
  it('are killed where the session spends too fast, and warned of where it does not', async () => {
    const fast = await testBench({ loops: KILL })
    expect(calls(fast, turns(1, 5), 600n)).toEqual(['ok', 'ok', 'loop_detected', 'loop_detected', 'loop_detected'])
    const slow = await testBench({ loops: KILL })
    expect(calls(slow, turns(1, 5), 1n)).toEqual(['ok', 'ok', 'loop', 'loop', 'loop'])
    expect(slow.events.map(({ type }) => type)).toEqual(['loop-warned'])
  })

  it('tell the agent which tool, and the journal what it stands on', async () => {
    const bench = await testBench({ loops: KILL })
    calls(bench, turns(1, 2), 600_000_000n)
    expect(bench.admit(steps(3))).toMatchObject({
      code: 'loop_detected',
      message:
        'The messages end with the same steps 3 times in a row (tool "search", the same arguments, the same result), while the session spent $1.20 in the last minute (limit $0.000001). It was stopped as a loop. Do not send it again: the tool will say the same again. Use what it said, try another way, or end the task and say what blocked it. This exact repetition is refused for about 68 seconds; other requests are not.',
    })
    expect(bench.events).toMatchObject([{ type: 'loop-killed', by: 'steps', tool: 'search', repeats: 3, session: 's' }])
  })

  it('another step, and it goes on', async () => {
    const bench = await testBench({ loops: KILL })
    calls(bench, turns(1, 3), 600n)
    expect(calls(bench, [{ fingerprint: ask('other'), session: 's' }], 600n)).toEqual(['ok'])
  })

  it('met in mid-loop: warned of once, throttled from the second on', async () => {
    const bench = await testBench({ loops: { ...KILL, action: 'throttle' } })
    calls(bench, [{ fingerprint: ask('expensive'), session: 's' }], 5000n)
    expect(calls(bench, turns(7, 9), 600n)).toEqual(['loop', 'loop_throttled', 'loop_throttled'])
    expect(bench.events.map(({ type }) => type)).toEqual(['loop-warned', 'loop-throttled', 'loop-throttled'])
  })
})

/** Requests that all differ. */
const busy = (count: number): CallWish[] => Array.from({ length: count }, (_, n) => ({ fingerprint: ask(`work ${n}`), session: 's' }))

describe('spend without repeats', () => {
  it('is nobody\'s business unless asked for', async () => {
    expect(calls(await testBench({ loops: KILL }), busy(4), 5000n)).toEqual(['ok', 'ok', 'ok', 'ok'])
  })

  it('warns, and tells it once a minute', async () => {
    const bench = await testBench({ loops: { ...KILL, spend: 'warn' } })
    expect(calls(bench, busy(5), 600n)).toEqual(['ok', 'ok', 'spend', 'spend', 'spend'])
    expect(bench.events).toMatchObject([{ type: 'spend-warned', by: 'spend', spent: 1200n }])
    bench.pass(60_000)
    calls(bench, busy(4), 600n)
    expect(bench.events).toHaveLength(2)
  })

  it('is slowed down until the last minute is below the limit, never killed', async () => {
    const bench = await testBench({ loops: { ...KILL, spend: 'throttle' } })
    expect(calls(bench, busy(3), 600n)).toEqual(['ok', 'ok', 'spend_throttled'])
    const slowed = bench.admit({ fingerprint: ask('next'), session: 's' })
    expect(slowed).toMatchObject({ status: 429, code: 'spend_throttled', retryAfterSeconds: 67, message: 'Calls in session "s" are slowed down: the session spent $0.0000012 in the last minute (limit $0.000001). Nothing is wrong with this request: send it again in 67 seconds.' })
    bench.pass(67_000)
    expect(calls(bench, busy(1), 600n)).toEqual(['ok'])
  })
})

describe('rules of keys and features', () => {
  const rule = { ...KILL, spend: 'off', key: null, feature: null } as const
  const config: LoopConfig = { ...KILL, action: 'off', rules: [{ ...rule, key: 'key_2' }, { ...rule, action: 'warn', feature: 'crawler' }] }

  it('a key\'s counts before a feature\'s, that before the rest', async () => {
    const bench = await testBench({ loops: config, keys: [keyRow(), keyRow({ id: 'key_2', secret: OTHER_SECRET })] })
    expect(calls(bench, times(4), 600n)).toEqual(['ok', 'ok', 'ok', 'ok'])
    expect(calls(bench, times(4, { fingerprint: SAME, feature: 'crawler', session: 'c' }), 600n)).toEqual(['ok', 'ok', 'loop', 'loop'])
    expect(calls(bench, times(4, { fingerprint: SAME, feature: 'crawler', secret: OTHER_SECRET }), 600n)).toEqual(['ok', 'ok', 'loop_detected', 'loop_detected'])
  })

  it('come and go while it runs', async () => {
    const bench = await testBench({ loops: { ...KILL, action: 'off' } })
    bench.admission.configureLoops({ ...config, rules: [{ ...rule, key: 'key_1', repeats: 5 }] })
    expect(calls(bench, times(6), 600n)).toEqual(['ok', 'ok', 'ok', 'ok', 'loop_detected', 'loop_detected'])
    bench.admission.configureLoops({ ...KILL, action: 'off' })
    expect(calls(bench, times(2), 600n)).toEqual(['ok', 'ok'])
  })
})

it('takes another rule while it runs', async () => {
  const bench = await testBench({ loops: { ...KILL, action: 'off' } })
  calls(bench, times(3), 600n)
  bench.admission.configureLoops({ ...KILL, repeats: 5 })
  expect(calls(bench, times(6), 600n)).toEqual(['ok', 'ok', 'ok', 'ok', 'loop_detected', 'loop_detected'])
})

it('memory is bounded: a flood of requests and sessions is forgotten, not kept', async () => {
  const bench = await testBench({ loops: KILL, limits: { watchedRequests: 64, watchedSessions: 32 } })
  for (let index = 0; index < 5000; index++) bench.must({ fingerprint: ask(String(index)), session: `s${index}` }).reservation.settle({ cost: 1n, promptTokens: 1, outputTokens: 1 }, bench.now)
  expect(bench.admission.stats()).toMatchObject({ watchedRequests: 64, watchedSessions: 32 })
})
