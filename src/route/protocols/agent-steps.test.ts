import { describe, expect, it } from 'vitest'
import { repeatedSteps } from './agent-steps.ts'

type Turn = readonly [tool: string, args: string, result: string]
const HELLO = { role: 'user', content: 'Find it.' }

/** As each API writes the same history. */
const chat = (turns: readonly Turn[]): Record<string, unknown> => ({
  messages: [{ role: 'system', content: 'You search.' }, HELLO, ...turns.flatMap(([name, args, result], n) => [{ role: 'assistant', content: null, tool_calls: [{ id: `c${n}`, type: 'function', function: { name, arguments: args } }] }, { role: 'tool', tool_call_id: `c${n}`, content: result }])],
})
const messages = (turns: readonly Turn[], failed = false): Record<string, unknown> => ({
  messages: [HELLO, ...turns.flatMap(([name, args, result], n) => [{ role: 'assistant', content: [{ type: 'text', text: `Try ${n}.` }, { type: 'tool_use', id: `c${n}`, name, input: { q: args } }] }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: `c${n}`, content: [{ type: 'text', text: result }], ...(failed ? { is_error: true } : {}) }, { type: 'text', text: 'Go on.' }] }])],
})
const responses = (turns: readonly Turn[]): Record<string, unknown> => ({
  input: [HELLO, ...turns.flatMap(([name, args, result], n) => [{ type: 'function_call', call_id: `c${n}`, name, arguments: args }, { type: 'function_call_output', call_id: `c${n}`, output: result }])],
})

const times = (count: number, ...turns: readonly Turn[]): Turn[] => Array.from({ length: count }, () => turns).flat()
const A: Turn = ['search', '{"q":"x"}', 'nothing']
const B: Turn = ['open', '{"id":1}', 'not found']

describe.each([
  ['chat', 'chat', chat],
  ['Messages', 'messages', messages],
  ['Responses', 'responses', responses],
] as const)('the history of %s', (_, api, body) => {
  const of = (turns: readonly Turn[]): string | null => {
    const found = repeatedSteps(api, body(turns))
    return found === null ? null : `${found.tool} ${found.times} x ${found.period}`
  }

  it.each<[string, readonly Turn[], string | null]>([
    ['nothing yet', [], null],
    ['one step', [A], null],
    ['two different ones', [A, B], null],
    ['the same twice', [B, A, A], 'search 2 x 1'],
    ['the same five times', times(5, A), 'search 5 x 1'],
    ['a cycle', times(3, A, B), 'open 3 x 2'],
    ['other arguments', [A, ['search', '{"q":"y"}', 'nothing']], null],
    ['another result', [A, ['search', '{"q":"x"}', 'one']], null],
    ['a loop that was left', [...times(4, A), B], null],
    ['polling with a tool that waits', times(4, ['status', '{}', 'running'], ['sleep', '{}', 'ok']), null],
    ['more than is looked back at', times(100, A), 'search 32 x 1'],
  ])('%s', (_name, turns, found) => expect(of(turns)).toBe(found))
})

/** A turn of an agent and its result, in parts. */
const turn = (n: number, input: object, text: string): object[] => [{ role: 'assistant', content: [{ type: 'tool_use', id: `c${n}`, name: 'search', input }] }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: `c${n}`, content: [{ type: 'text', text }] }] }]
const timesOf = (...turns: readonly object[][]): number => repeatedSteps('messages', { messages: [HELLO, ...turns.flat()] })?.times ?? 1

it('arguments and results in parts are compared as what they say, whatever the order of their keys', () => {
  expect(timesOf(turn(0, { q: 'x', page: 1 }, 'none'), turn(1, { page: 1, q: 'x' }, 'none'))).toBe(2)
  expect(timesOf(turn(0, { q: 'x', page: 1 }, 'none'), turn(1, { q: 'x', page: 2 }, 'none'))).toBe(1)
  expect(timesOf(turn(0, { q: 'x' }, 'none'), turn(1, { q: 'x', page: 2 }, 'none'))).toBe(1)
  expect(timesOf(turn(0, { q: ['x'] }, 'none'), turn(1, { q: ['x', 'y'] }, 'none'))).toBe(1)
  expect(timesOf(turn(0, { q: 'x' }, 'none'), turn(1, { q: 'x' }, 'one'))).toBe(1)
})

it('a person who speaks begins anew', () => {
  const body = chat(times(4, A))
  const later = { messages: [...(body['messages'] as unknown[]), { role: 'user', content: 'And again?' }] }
  expect(repeatedSteps('chat', later)).toBeNull()
})

it('results that are marked as errors count half: a tool that fails may be tried again', () => {
  expect(repeatedSteps('messages', messages(times(4, A), true))).toMatchObject({ times: 2 })
})

it('the same call several times in one turn was made at once', () => {
  const ids = ['a', 'b', 'c']
  const calls = ids.map((id) => ({ id, type: 'function', function: { name: 'search', arguments: '{}' } }))
  expect(repeatedSteps('chat', { messages: [HELLO, { role: 'assistant', tool_calls: calls }, ...ids.map((id) => ({ role: 'tool', tool_call_id: id, content: 'same' }))] })).toBeNull()
})

const thoughts = (count: number): object[] => Array.from({ length: count }, () => ({ role: 'assistant', content: 'Hm.' }))

it('looks at the last 256 turns', () => {
  const after = (count: number): unknown => repeatedSteps('chat', { messages: [...(chat(times(4, A))['messages'] as object[]), ...thoughts(count)] })
  expect([after(248), after(300)]).toEqual([expect.objectContaining({ times: 4 }), null])
})

it.each<[string, Record<string, unknown>]>([
  ['no messages', {}],
  ['messages that are none', { messages: 'x' }],
  ['odd turns', { messages: [null, 7, 'x', [], { role: 'tool' }] }],
  ['odd calls', { messages: [HELLO, { role: 'assistant', tool_calls: [null, { function: 7 }, { id: 'a', function: { name: 3 } }] }, { role: 'assistant', content: [null, { type: 'tool_use' }] }, { role: 'tool', tool_call_id: 'a' }] }],
  ['calls whose results are not there', { messages: [HELLO, ...times(4, A).map(() => ({ role: 'assistant', tool_calls: [{ id: 'a', function: { name: 'search', arguments: '{}' } }] }))] }],
])('%s: nothing', (_, body) => {
  for (const api of ['chat', 'messages', 'completions', 'embeddings'] as const) expect(repeatedSteps(api, body)).toBeNull()
})
