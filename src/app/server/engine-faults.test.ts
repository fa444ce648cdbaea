import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEngineSim, type EngineSim } from '../../enginesim/engine-sim.ts'
import { FAULT_KINDS, parseFault, type FaultKind } from '../../enginesim/faults.ts'
import { fixedTiming } from '../../enginesim/timing.ts'
import { CHAT, HOURLY_CARD, onStop, pool, stopAll, testConfig } from '../../route/gateway/testing.ts'
import { startWhole, type Whole } from './testing-whole.ts'

const TIMING = fixedTiming({ ttftMs: 0, tpotMs: 0, prefillUsPerToken: 0 })
/** Settings that keep the faults short. */
const SETTINGS: Partial<Record<FaultKind, string>> = { slow: ';ms=1', 'reset-stream': ';after=2', 'half-chunk': ';after=2', truncate: ';after=2' }

interface Ending {
  /** What the record says of the attempt at the sick engine; null = it answered. */
  readonly attempt: string | null
  /** A stream that broke when the client had its beginning: the code of the error event that ends it. */
  readonly broken?: string
}

/** What must become of a call at an engine with each fault, streamed and whole. A fault without a row does not compile. */
const ENDINGS: Readonly<Record<FaultKind, { readonly stream: Ending; readonly whole: Ending }>> = {
  'rate-limit': both('http_429'),
  error: both('http_500'),
  unavailable: both('http_503'),
  reset: both('ECONNRESET'),
  hang: both('first_byte_timeout'),
  'reset-stream': { stream: { attempt: 'ECONNRESET', broken: 'upstream_failed' }, whole: { attempt: 'ECONNRESET' } },
  'half-chunk': { stream: { attempt: 'UND_ERR_SOCKET', broken: 'upstream_failed' }, whole: { attempt: 'UND_ERR_SOCKET' } },
  truncate: { stream: { attempt: 'truncated', broken: 'upstream_invalid_response' }, whole: { attempt: 'truncated' } },
  slow: { stream: { attempt: null }, whole: { attempt: null } },
  'endless-line': both('unreadable'),
  'wrong-type': both('content_type'),
  'gzip-bomb': both('content_encoding'),
  // The stream has its end mark, so its client has all of it, and nothing that could be read.
  'invalid-json': { stream: { attempt: 'truncated', broken: 'upstream_invalid_response' }, whole: { attempt: 'truncated' } },
}

function both(attempt: string): { readonly stream: Ending; readonly whole: Ending } {
  return { stream: { attempt }, whole: { attempt } }
}

let whole: Whole
let well = ''

async function engine(options: Partial<Parameters<typeof createEngineSim>[0]> = {}): Promise<string> {
  const sim: EngineSim = createEngineSim({ clock: { now: () => Date.now() }, timing: TIMING, models: ['m'], meanOutputTokens: 8, ...options })
  onStop(() => sim.close())
  return (await sim.listen()).url
}

beforeAll(async () => {
  well = await engine()
  whole = await startWhole(testConfig([pool('well', [well])]))
})
afterAll(stopAll)

const FIRST_BYTE_MS = 2000

/** Lets the time for a first byte pass, once the sick engine has the call. */
async function hang(): Promise<void> {
  while (whole.server.snapshot().pools[0]!.inFlight === 0) await new Promise(setImmediate)
  whole.ahead += FIRST_BYTE_MS
}

describe('an engine that is ill in each way that the simulator knows', () => {
  const cases = FAULT_KINDS.flatMap((kind) => (['stream', 'whole'] as const).map((form) => [kind, form, ENDINGS[kind][form]] as const))

  it.each(cases)('%s, %s', async (kind, form, { attempt, broken }) => {
    const sick = await engine({ faults: [{ fault: parseFault(kind + (SETTINGS[kind] ?? '')), rate: 1 }] })
    whole.reload(testConfig([pool('sick', [sick], { kind: 'dedicated', card: HOURLY_CARD }), pool('well', [well])], { timeouts: kind === 'hang' ? { firstByteMs: FIRST_BYTE_MS } : {}, retries: { budgetShare: 10 } }))
    const answer = whole.post('/v1/chat/completions', { ...CHAT, stream: form === 'stream', max_tokens: 8, ignore_eos: true })
    if (kind === 'hang') await hang()
    const response = await answer
    const text = await response.text()
    const record = whole.records.find(({ id }) => id === response.headers.get('x-spillway-call-id'))!
    const served = { status: 200, outcome: broken === undefined ? 'ok' : 'upstream-failed', pool: attempt === null || broken !== undefined ? 'sick' : 'well' }
    expect([response.status, record]).toEqual([200, expect.objectContaining({ ...served, errorCode: broken ?? null })])
    expect(record.attempts.map(({ pool: id, error }) => [id, error])).toEqual([['sick', attempt], ...(served.pool === 'well' ? [['well', null]] : [])])
    expect(text.endsWith(broken === undefined ? (form === 'stream' ? 'data: [DONE]\n\n' : '}') : `"param":null,"code":"${broken}"}}\n\n`)).toBe(true)
    // Nothing is left anywhere, and what a broken stream had given is paid for.
    expect(whole.server.snapshot().pools.map(({ inFlight }) => inFlight)).toEqual([0, 0])
    expect(record.usage.output ?? 0).toBe(broken === undefined ? 8 : text.split('"delta":{"content"').length - 1)
  })
})
