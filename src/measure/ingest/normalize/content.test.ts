import { describe, expect, it } from 'vitest'
import type { AttributeValue } from '../span.ts'
import { contentOf, toolOf } from './content.ts'
import { Facts } from './facts.ts'

const facts = (values: Readonly<Record<string, AttributeValue>>): Facts => new Facts().read({ names: Object.keys(values), values: Object.values(values) })
const call = (args: AttributeValue, result?: AttributeValue): unknown => toolOf(facts({ 'gen_ai.tool.name': 't', 'gen_ai.tool.call.arguments': args, ...(result === undefined ? {} : { 'gen_ai.tool.call.result': result }) }), 'span')
const messages = (...list: object[]): string => JSON.stringify(list)

describe('a prompt in parts', () => {
  it.each([
    ['GenAI', { 'gen_ai.input.messages': messages({ role: 'system', parts: [] }, { role: 'user', parts: [{ type: 'text', content: 'a' }] }, { role: 'tool', parts: [] }, { role: 'user', parts: [] }) }],
    ['AI SDK', { 'ai.prompt.messages': messages({ role: 'system', content: 's' }, { role: 'user', content: 'a' }, { role: 'tool', content: [] }, { role: 'user', content: [] }) }],
    ['Langfuse', { 'langfuse.observation.input': messages({ role: 'developer', content: 's' }, { role: 'user', content: 'a' }, { role: 'tool', content: [] }, { role: 'user', content: [] }) }],
  ])('%s: the last of the user is the question, earlier ones are history', (_, values) => {
    expect(contentOf(facts(values)).segments.map(({ role }) => role)).toEqual(['system', 'history', 'tool-result', 'user'])
  })

  it('the same part has the same hash wherever it stands, and its bytes are counted', () => {
    const system = { role: 'system', content: 'Sei höflich.' }
    const [first] = contentOf(facts({ 'ai.prompt.messages': messages(system, { role: 'user', content: 'a' }) })).segments
    const [second] = contentOf(facts({ 'ai.prompt.messages': messages(system, { role: 'user', content: 'b' }) })).segments
    expect(first).toEqual(second)
    expect(first).toEqual({ role: 'system', bytes: 15, hash: expect.stringMatching(/^[0-9a-f]{16}$/u) })
  })

  it('tools declared and called', () => {
    const tools = JSON.stringify([{ type: 'function', function: { name: 'weather' } }, { name: 'search' }])
    const output = messages({ role: 'assistant', parts: [{ type: 'tool_call', name: 'search' }, { type: 'text', content: 'x' }] })
    expect(contentOf(facts({ 'gen_ai.tool.definitions': tools, 'gen_ai.output.messages': output }))).toMatchObject({ toolsDeclared: ['weather', 'search'], toolsCalled: ['search'], segments: [{ role: 'tools' }] })
  })

  it.each(['', 'no JSON', '{', '5', 'null', '[null, 5, "x"]'])('a prompt that is %j has no parts', (text) => {
    expect(contentOf(facts({ 'gen_ai.input.messages': text, 'gen_ai.tool.definitions': text, 'gen_ai.output.messages': text }))).toMatchObject({ toolsDeclared: [], toolsCalled: [] })
  })
})

describe('a tool step', () => {
  it('the order of arguments and the spacing of their JSON do not matter', () => {
    expect(call('{"a":1,"b":{"d":2,"c":3}}')).toEqual(call('{ "b": {"c":3,"d":2}, "a": 1 }'))
    expect(call('{"a":1}')).toEqual(call({ a: 1 }))
  })

  it('another digit is another call', () => expect(call('{"page":1}')).not.toEqual(call('{"page":2}')))
  it('no result is not the empty result', () => expect([call('{}'), call('{}', '')]).toEqual([expect.objectContaining({ resultHash: null }), expect.objectContaining({ resultHash: expect.any(String) })]))
  it('without a name it is called as its span', () => expect(toolOf(facts({}), 'weather')).toMatchObject({ name: 'weather' }))
})
