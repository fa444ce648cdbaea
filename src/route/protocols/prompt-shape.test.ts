import { describe, expect, it } from 'vitest'
import type { Api } from '../../core/call.ts'
import { scanJson } from './parse-spans.ts'
import { promptShape } from './prompt-shape.ts'

const characters = (api: Api, json: Record<string, unknown>): unknown => promptShape(api, json, false)?.characters

const hashesOf = (system: string, question: string, tools: unknown): unknown => promptShape('chat', { messages: [{ role: 'system', content: system }, { role: 'user', content: question }], tools }, true)!.hashes

describe('promptShape', () => {
  it('chat: instructions, earlier turns, what tools returned, the last question', () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'developer', content: [{ type: 'text', text: 'And kind.' }] },
      { role: 'user', content: 'Rain?' },
      { role: 'assistant', content: 'Let me see.', tool_calls: [{ id: '1', type: 'function', function: { name: 'weather', arguments: '{"city":"Kyiv"}' } }] },
      { role: 'tool', tool_call_id: '1', content: 'It rains.' },
      { role: 'user', content: [{ type: 'text', text: 'And tomorrow?' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] },
    ]
    expect(characters('chat', { messages })).toEqual({ system: 18, history: 5 + 11 + 15, retrieved: 0, toolResults: 9, question: 13 })
  })

  it('Messages: the system field, tool results and documents within a turn', () => {
    const json = {
      system: [{ type: 'text', text: 'Be brief.' }],
      messages: [
        { role: 'user', content: 'Rain?' },
        { role: 'assistant', content: [{ type: 'text', text: 'Hm.' }, { type: 'tool_use', id: '1', name: 'weather', input: { city: 'Kyiv' } }] },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: '1', content: [{ type: 'text', text: 'It rains.' }] },
            { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'A page.' } },
            { type: 'search_result', source: 'https://example.com', title: 'x', content: [{ type: 'text', text: 'found' }] },
            { type: 'text', text: 'So?' },
          ],
        },
      ],
    }
    expect(characters('messages', json)).toEqual({ system: 9, history: 5 + 3 + 15, retrieved: 7 + 5, toolResults: 9, question: 3 })
  })

  it('Responses: instructions and items', () => {
    const input = [{ role: 'user', content: 'Rain?' }, { type: 'function_call', call_id: '1', name: 'weather', arguments: '{}' }, { type: 'function_call_output', call_id: '1', output: 'wet' }]
    expect(characters('responses', { instructions: 'Be brief.', input })).toEqual({ system: 9, history: 2, retrieved: 0, toolResults: 3, question: 5 })
    expect(characters('responses', { input: 'Rain?' })).toMatchObject({ question: 5 })
  })

  it('completions: one prompt or several; embeddings have none', () => {
    expect(characters('completions', { prompt: 'Once' })).toMatchObject({ question: 4 })
    expect(characters('completions', { prompt: ['Once', 'upon'] })).toMatchObject({ question: 8 })
    expect(promptShape('embeddings', { input: 'x' }, true)).toBe(null)
  })

  it('bytes of the tools as they were written, where there are any', () => {
    const body = Buffer.from('{"messages":[], "tools": [ {"name":"a"} ], "model":"m"}')
    const { at } = scanJson(body, 9)
    const shape = (json: Record<string, unknown>): unknown => promptShape('chat', json, false, at.tools)
    expect(shape(JSON.parse(String(body)) as Record<string, unknown>)).toMatchObject({ tools: ['a'], toolBytes: '[ {"name":"a"} ]'.length })
    expect(shape({ messages: [], tools: [] })).not.toHaveProperty('toolBytes')
  })

  it('names of functions in every dialect, bounded', () => {
    const tools = [{ type: 'function', function: { name: 'chat' } }, { name: 'anthropic', input_schema: {} }, { type: 'function', name: 'responses' }, { type: 'web_search' }, null, 7, { type: 'function', function: { name: 3 } }]
    expect(promptShape('chat', { messages: [], tools }, false)?.tools).toEqual(['chat', 'anthropic', 'responses', 'web_search'])
    expect(promptShape('chat', { messages: [], functions: [{ name: 'old' }] }, false)?.tools).toEqual(['old'])
    const many = promptShape('chat', { messages: [], tools: Array.from({ length: 1000 }, () => ({ name: 'x'.repeat(1000) })) }, false)!.tools
    expect([many.length, many[0]!.length]).toEqual([64, 64])
  })

  it('hashes where they are asked for: equal for equal parts, whatever the others are', () => {
    const hashes = hashesOf('Be brief.', 'Rain?', [{ name: 'a' }]) as Record<string, string>
    expect(Object.keys(hashes).sort()).toEqual(['question', 'system', 'tools'])
    expect(hashes['system']).toMatch(/^[0-9a-f]{16}$/u)
    expect(hashesOf('Be brief.', 'Sun?', undefined)).toMatchObject({ system: hashes['system'], question: expect.not.stringMatching(hashes['question']!) })
    expect(hashesOf('Be  brief.', 'Rain?', [{ name: 'a' }])).toMatchObject({ question: hashes['question'], tools: hashes['tools'], system: expect.not.stringMatching(hashes['system']!) })
    expect(promptShape('chat', { messages: [] }, false)).not.toHaveProperty('hashes')
  })

  it.each([[{ messages: null }], [{ messages: 'x' }], [{ messages: [null, 1, 'x', [], { role: 7 }, { role: 'user' }, { role: 'assistant', tool_calls: 'x', content: { a: 1 } }] }], [{ messages: [{ role: 'user', content: [null, 1, { type: 'document' }, { type: 'tool_result' }] }] }], [{ system: 7, tools: 'x' }]])('takes any JSON: %j', (json) => {
    for (const api of ['chat', 'messages', 'responses', 'completions'] as const) expect(promptShape(api, json, true)).toMatchObject({ tools: [] })
  })
})
