import { describe, expect, it } from 'vitest'
import { DEFAULT_MAX_TOKENS, requestFromChat } from './request-from-chat.ts'

const BASE = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] }
const refused = (param: string): unknown => expect.objectContaining({ failure: expect.objectContaining({ status: 400, code: 'not_translatable', param }) })

describe('a chat request as a Messages request', () => {
  it('keeps what both know, under its name there', () => {
    const { json, dropped } = requestFromChat({
      model: 'm',
      messages: [{ role: 'system', content: 'Be brief.' }, { role: 'developer', content: [{ type: 'text', text: 'And kind.' }] }, { role: 'user', content: 'Hi' }],
      max_completion_tokens: 100,
      temperature: 1,
      top_p: 0.9,
      stop: 'END',
      user: 'u1',
      stream: true,
      stream_options: { include_usage: true },
      n: 1,
      frequency_penalty: 0,
      logit_bias: {},
    })
    expect(json).toEqual({ model: 'm', system: 'Be brief.\n\nAnd kind.', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 100, temperature: 1, top_p: 0.9, stop_sequences: ['END'], metadata: { user_id: 'u1' }, stream: true })
    expect([...dropped]).toEqual([])
  })

  it('sets the limit of tokens that the other side demands', () => {
    expect(requestFromChat(BASE).json['max_tokens']).toBe(DEFAULT_MAX_TOKENS)
    expect(requestFromChat({ ...BASE, max_tokens: 5 }).json['max_tokens']).toBe(5)
  })

  it('translates a turn of tools, its results and the next question into one user message', () => {
    const { json } = requestFromChat({
      ...BASE,
      tools: [{ type: 'function', function: { name: 'weather', description: 'Of a city', parameters: { type: 'object' }, strict: true } }, { type: 'function', function: { name: 'now' } }],
      tool_choice: 'required',
      parallel_tool_calls: false,
      messages: [
        { role: 'user', content: 'Rain?' },
        { role: 'assistant', content: null, tool_calls: [{ id: 't1', type: 'function', function: { name: 'weather', arguments: '{"city":"Kyiv"}' } }, { id: 't2', type: 'function', function: { name: 'now', arguments: '' } }] },
        { role: 'tool', tool_call_id: 't1', content: 'dry' },
        { role: 'tool', tool_call_id: 't2', content: [{ type: 'text', text: 'noon' }] },
        { role: 'user', content: 'And?' },
        { role: 'user', content: 'Well?' },
      ],
    })
    expect(json['tools']).toEqual([
      { name: 'weather', description: 'Of a city', input_schema: { type: 'object' }, strict: true },
      { name: 'now', input_schema: { type: 'object', properties: {} } },
    ])
    expect(json['tool_choice']).toEqual({ type: 'any', disable_parallel_tool_use: true })
    expect(json['messages']).toEqual([
      { role: 'user', content: 'Rain?' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'weather', input: { city: 'Kyiv' } }, { type: 'tool_use', id: 't2', name: 'now', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'dry' }, { type: 'tool_result', tool_use_id: 't2', content: 'noon' }, { type: 'text', text: 'And?' }] },
      { role: 'user', content: 'Well?' },
    ])
  })

  it.each([
    ['auto', { type: 'auto' }],
    ['none', { type: 'none' }],
    [{ type: 'function', function: { name: 'f' } }, { type: 'tool', name: 'f' }],
  ])('translates the tool choice %j', (choice, expected) => {
    const tools = [{ type: 'function', function: { name: 'f' } }]
    expect(requestFromChat({ ...BASE, tools, tool_choice: choice }).json['tool_choice']).toEqual(expected)
  })

  it('leaves the choice of tools out where there are none', () => {
    expect(requestFromChat({ ...BASE, tools: [], tool_choice: 'auto', parallel_tool_calls: false }).json).not.toHaveProperty('tool_choice')
  })

  it('translates images', () => {
    const content = [{ type: 'text', text: 'What?' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'auto' } }, { type: 'image_url', image_url: { url: 'https://example.com/a.png' } }]
    expect(requestFromChat({ ...BASE, messages: [{ role: 'user', content }] }).json['messages']).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'What?' }, { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }, { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }] },
    ])
  })

  it('translates a JSON schema and an effort', () => {
    const { json } = requestFromChat({ ...BASE, reasoning_effort: 'high', response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } } })
    expect(json['output_config']).toEqual({ effort: 'high', format: { type: 'json_schema', schema: { type: 'object' } } })
  })

  it('keeps a system message in the middle where it is', () => {
    const messages = [{ role: 'user', content: 'a' }, { role: 'system', content: 'b' }, { role: 'user', content: 'c' }]
    expect(requestFromChat({ ...BASE, messages }).json).toMatchObject({ messages })
  })

  it('leaves out hints and echoes, and says which', () => {
    const { json, dropped } = requestFromChat({
      ...BASE,
      seed: 7,
      metadata: { team: 'x' },
      reasoning_effort: 'none',
      messages: [{ role: 'user', content: 'a', name: 'Ann' }, { role: 'assistant', content: 'b', reasoning_content: 'hm', refusal: null }, { role: 'user', content: 'c' }],
    })
    expect(json['messages']).toEqual([{ role: 'user', content: 'a' }, { role: 'assistant', content: 'b' }, { role: 'user', content: 'c' }])
    expect([...dropped].sort()).toEqual(['messages.name', 'messages.reasoning_content', 'metadata', 'reasoning_effort', 'seed'])
  })

  it.each([
    ['n', { n: 2 }],
    ['temperature', { temperature: 1.5 }],
    ['frequency_penalty', { frequency_penalty: 0.5 }],
    ['logprobs', { logprobs: true }],
    ['logit_bias', { logit_bias: { 50256: -100 } }],
    ['functions', { functions: [{ name: 'f' }] }],
    ['modalities', { modalities: ['text', 'audio'] }],
    ['audio', { audio: { voice: 'alloy' } }],
    ['store', { store: true }],
    ['web_search_options', { web_search_options: {} }],
    ['guided_regex', { guided_regex: '[0-9]+' }],
    ['response_format', { response_format: { type: 'json_object' } }],
    ['tools[0]', { tools: [{ type: 'custom', custom: { name: 'f' } }] }],
    ['tool_choice', { tool_choice: { type: 'allowed_tools' } }],
    ['messages', { messages: 'Hi' }],
    ['messages[0].role', { messages: [{ role: 'function', content: 'x' }] }],
    ['messages[0].audio', { messages: [{ role: 'assistant', audio: { id: 'a' } }] }],
    ['messages[0].content', { messages: [{ role: 'assistant', content: null }] }],
    ['messages[0].content[0]', { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: {} }] }] }],
    ['messages[0].content[0].image_url', { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }] }] }],
    ['messages[0].tool_calls[0].function.arguments', { messages: [{ role: 'assistant', tool_calls: [{ id: 't', type: 'function', function: { name: 'f', arguments: '{"a":' } }] }] }],
    ['messages[0].tool_calls[0]', { messages: [{ role: 'assistant', tool_calls: [{ id: 't', type: 'custom', custom: {} }] }] }],
  ])('refuses %s, which Messages cannot express', (param, over) => {
    expect(() => requestFromChat({ ...BASE, ...over })).toThrow(refused(param))
  })
})
