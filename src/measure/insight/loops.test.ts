import { describe, expect, it } from 'vitest'
import { MINUTE, SECOND, START, type TraceBuilder } from './labelled/builder.ts'
import { found } from './testing.ts'

/** An agent's turns: its model is asked, a tool answers. `+` before a tool: half a minute passes first, `++`: eleven minutes. Each turn costs a dollar. */
function turns(builder: TraceBuilder, ...steps: readonly string[]): void {
  let at = START
  const think = (): void => {
    const call = builder.call({ at, feature: 'agent', trace: 'run', model: 'plain', parts: [{ role: 'user', tokens: 333_333, text: String(at) }], output: 0, durationMs: 800 })
    at += call.durationMs + 10
  }
  for (const step of steps) {
    think()
    if (step.startsWith('+')) at += step.startsWith('++') ? 11 * MINUTE : 30 * SECOND
    const [name, args, result] = step.replace(/\++/u, '').split(' ')
    builder.tool({ at, feature: 'agent', trace: 'run', name: name!, args: args!, result: result === '?' ? null : result!.replace('!', ''), durationMs: 100, outcome: result!.startsWith('!') ? 'error' : 'ok' })
    at += 110
  }
  think()
}

const times = (count: number, ...steps: readonly string[]): string[] => Array.from({ length: count }, () => steps).flat()
/** How many calls are told as waste. */
const wasted = async (...steps: readonly string[]): Promise<number> => (await found('loop', (builder) => turns(builder, ...steps))).reduce((sum, { calls }) => sum + calls, 0)

describe('loops by tools', () => {
  it('the same tool, arguments and result: what came after the first time is waste', async () => {
    expect(await found('loop', (builder) => turns(builder, 'open x y', ...times(5, 'search q none'), 'done a b', 'done c d'))).toEqual([{ name: 'agent', calls: 4, usd: expect.closeTo(4, 3), maybe: false }])
  })

  it.each([
    ['three times the same', times(3, 'search q none'), 2],
    ['twice the same', times(2, 'search q none'), 0],
    ['A-B-A-B: what came after the first A-B', times(2, 'search q none', 'open q none'), 2],
    ['A-B-C-A-B-C', times(2, 'a 1 x', 'b 1 x', 'c 1 x'), 3],
    ['with another question of the same tool between', ['s q none', 's r one', 's q none', 's t two', 's q none'], 4],
    ['two loops after each other', [...times(3, 'a 1 x'), 'b 2 y', 'c 3 z', ...times(3, 'd 4 w')], 4],
  ])('%s', async (_, steps, waste) => expect(await wasted(...steps)).toBe(waste))

  it.each([
    ['pages', ['list 1 a', 'list 2 b', 'list 3 c', 'list 4 d']],
    ['a cursor that the tool keeps', ['next {} a', 'next {} b', 'next {} c', 'next {} d']],
    ['polling that waits', times(6, '+status job running')],
    ['polling by a tool that sleeps', times(4, 'status job running', 'sleep 5 ok')],
    ['the same after a long pause', ['search q none', 'search q none', '++search q none', 'search q none']],
    ['a failure that is tried five times', times(5, 'fetch url !timeout')],
    ['edit and test in turn, while the test says the same', ['edit 1 a', 'test {} bad', 'edit 2 b', 'test {} bad', 'edit 3 c', 'test {} bad']],
    ['results that nobody reported, four times', times(4, 'search q ?')],
    ['no arguments and no results', times(9, 'tick {} ?')],
  ])('%s: no loop', async (_, steps) => expect(await wasted(...steps)).toBe(0))

  it('a failure that is tried more often than any careful client would', async () => expect(await wasted(...times(7, 'fetch url !timeout'))).toBe(6))
  it('results that nobody reported, five times', async () => expect(await wasted(...times(5, 'search q ?'))).toBe(4))
})

/** Calls whose histories end so often in the same step, so long after the answer before. */
const wastedBy = async (repeats: readonly number[], gapMs = 500, tools = false): Promise<number> => {
  const findings = await found('loop', (builder) => {
    for (const [n, stepRepeats] of repeats.entries()) {
      const at = START + n * (1000 + gapMs)
      builder.call({ at, feature: 'agent', session: 's', model: 'plain', parts: [{ role: 'user', tokens: 10_000, text: `${n}` }], output: 1, durationMs: 1000, ...(stepRepeats === 1 ? {} : { stepRepeats }) })
      if (tools) builder.tool({ at: at + 1000, feature: 'agent', session: 's', name: 'search', args: `${n}`, result: `${n}`, durationMs: 10 })
    }
  })
  return findings.reduce((sum, { calls }) => sum + calls, 0)
}

describe('loops by what the gateway noted of histories', () => {
  it('n answers that are the same: n - 1 calls, those from the second on', async () => expect(await wastedBy([1, 1, 2, 3, 4, 1])).toBe(3))
  it('twice the same is none', async () => expect(await wastedBy([1, 2, 1, 2, 1])).toBe(0))
  it('nor is polling, whose tool takes its time', async () => expect(await wastedBy([1, 2, 3, 4, 5], 11_000)).toBe(0))
  it('where tools report their steps, those are believed', async () => expect(await wastedBy([1, 2, 3, 4], 500, true)).toBe(0))
})

/** The same or other requests of a model, one a minute or as quickly as they are answered. */
function requests(builder: TraceBuilder, texts: readonly string[], gapMs: number, session: string | null): void {
  let at = START
  for (const text of texts) {
    builder.call({ at, feature: 'ask', model: 'plain', parts: [{ role: 'user', tokens: 10_000, text }], output: 10, durationMs: 500, fingerprint: text, ...(session === null ? {} : { session }) })
    at += 500 + gapMs
  }
}

describe('loops by requests', () => {
  it.each<[string, readonly string[], number, string | null, number]>([
    ['the same at once again, in a session', times(4, 'q'), 100, 's', 3],
    ['the same every minute: a dashboard', times(60, 'q'), MINUTE, 's', 0],
    ['in parallel: sampling', times(8, 'q'), -450, 's', 0],
    ['five each of many: sampling one after the other', ['a', 'b', 'c', 'd'].flatMap((text) => times(5, text)), 20, 's', 0],
    ['of a key that names no session: ten of nothing else', times(12, 'q'), 100, null, 11],
    ['of a key that names no session: nine', times(9, 'q'), 100, null, 0],
    ['of a key that does other things in between', times(12, 'q', 'r'), 100, null, 0],
  ])('%s', async (_, texts, gap, session, waste) => {
    const findings = await found('loop', (builder) => requests(builder, texts, gap, session))
    expect(findings.reduce((sum, { calls }) => sum + calls, 0)).toBe(waste)
  })
})
