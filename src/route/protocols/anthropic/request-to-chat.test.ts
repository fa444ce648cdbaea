import { describe, expect, it } from 'vitest'
import { requestToChat } from './request-to-chat.ts'

const BASE = { model: 'm', max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] }
const refused = (param: string): unknown => expect.objectContaining({ failure: expect.objectContaining({ status: 400, code: 'not_translatable', param }) })

describe('a Messages request as a chat request', () => {
  it('keeps what both know, under its name there', () => {
    const { json, dropped } = requestToChat({ ...BASE, system: 'Be brief.', temperature: 0.2, top_p: 0.9, top_k: 40, stop_sequences: ['END'], metadata: { user_id: 'u1' } })
    expect(json).toEqual({
      model: 'm',
      max_tokens: 100,
      temperature: 0.2,
      top_p: 0.9,
      top_k: 40,
      stop: ['END'],
      user: 'u1',
      messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Hi' }],
    })
    expect([...dropped]).toEqual([])
  })

  it('asks for the usage of a stream', () => {
    expect(requestToChat({ ...BASE, stream: true }).json).toMatchObject({ stream: true, stream_options: { include_usage: true } })
  })

  it('translates a turn of tools: the call, its results, and what the user says besides', () => {
    const { json } = requestToChat({
      ...BASE,
      tools: [{ name: 'weather', description: 'Of a city', input_schema: { type: 'object', properties: { city: { type: 'string' } } } }],
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
      messages: [
        { role: 'user', content: 'Rain?' },
        { role: 'assistant', content: [{ type: 'text', text: 'Let me see.' }, { type: 'tool_use', id: 't1', name: 'weather', input: { city: 'Kyiv' } }, { type: 'tool_use', id: 't2', name: 'weather', input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: [{ type: 'text', text: 'dry' }] }, { type: 'tool_result', tool_use_id: 't2', content: 'no city', is_error: true }, { type: 'text', text: 'And?' }] },
      ],
    })
    expect(json['tools']).toEqual([{ type: 'function', function: { name: 'weather', description: 'Of a city', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }])
    expect([json['tool_choice'], json['parallel_tool_calls']]).toEqual(['required', false])
    expect(json['messages']).toEqual([
      { role: 'user', content: 'Rain?' },
      {
        role: 'assistant',
        content: 'Let me see.',
        tool_calls: [{ id: 't1', type: 'function', function: { name: 'weather', arguments: '{"city":"Kyiv"}' } }, { id: 't2', type: 'function', function: { name: 'weather', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 't1', content: 'dry' },
      { role: 'tool', tool_call_id: 't2', content: 'Error: no city' },
      { role: 'user', content: 'And?' },
    ])
  })

  it.each([
    [{ type: 'auto' }, 'auto'],
    [{ type: 'none' }, 'none'],
    [{ type: 'tool', name: 'f' }, { type: 'function', function: { name: 'f' } }],
  ])('translates the tool choice %j', (choice, expected) => {
    expect(requestToChat({ ...BASE, tool_choice: choice }).json['tool_choice']).toEqual(expected)
  })

  it('translates images, by URL and as base64', () => {
    const content = [{ type: 'text', text: 'What?' }, { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }, { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }]
    expect(requestToChat({ ...BASE, messages: [{ role: 'user', content }] }).json['messages']).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'What?' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }, { type: 'image_url', image_url: { url: 'https://example.com/a.png' } }] },
    ])
  })

  it('translates an output schema and an effort', () => {
    const { json } = requestToChat({ ...BASE, output_config: { effort: 'low', format: { type: 'json_schema', schema: { type: 'object' } } } })
    expect(json).toMatchObject({ reasoning_effort: 'low', response_format: { type: 'json_schema', json_schema: { schema: { type: 'object' }, strict: true } } })
  })

  it('leaves out hints that change no answer, and says which', () => {
    const cached = { type: 'text', text: 'Long.', cache_control: { type: 'ephemeral' } }
    const { json, dropped } = requestToChat({
      ...BASE,
      system: [cached, { type: 'text', text: 'More.' }],
      thinking: { type: 'adaptive' },
      service_tier: 'auto',
      output_config: { effort: 'max' },
      tools: [{ name: 'f', input_schema: {}, cache_control: { type: 'ephemeral' } }],
      messages: [{ role: 'user', content: 'a' }, { role: 'assistant', content: [{ type: 'thinking', thinking: 'hm', signature: 's' }, { type: 'text', text: 'b' }] }, { role: 'user', content: [cached] }],
    })
    expect(json['messages']).toEqual([{ role: 'system', content: 'Long.\n\nMore.' }, { role: 'user', content: 'a' }, { role: 'assistant', content: 'b' }, { role: 'user', content: 'Long.' }])
    expect([...dropped].sort()).toEqual(['cache_control', 'output_config.effort', 'service_tier', 'thinking', 'tools.cache_control'])
  })

  it('takes null for absent', () => {
    expect(requestToChat({ ...BASE, system: null, tools: null, container: null }).json).toEqual({ model: 'm', max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] })
  })

  it.each([
    ['container', { container: 'c1' }],
    ['inference_geo', { inference_geo: 'eu' }],
    ['constructor', { constructor: 1 }],
    ['tools[0].type', { tools: [{ type: 'web_search_20260209', name: 'web_search' }] }],
    ['tools[0].defer_loading', { tools: [{ name: 'f', input_schema: {}, defer_loading: true }] }],
    ['tools', { tools: 'f' }],
    ['tool_choice', { tool_choice: { type: 'some' } }],
    ['output_config.format', { output_config: { format: { type: 'xml' } } }],
    ['output_config.style', { output_config: { style: 'x' } }],
    ['system[0]', { system: [{ type: 'image' }] }],
    ['messages', { messages: 'Hi' }],
    ['messages[0]', { messages: ['Hi'] }],
    ['messages[0].role', { messages: [{ role: 'tool', content: 'x' }] }],
    ['messages[0].content', { messages: [{ role: 'user', content: 7 }] }],
    ['messages[0].content[0]', { messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'A' } }] }] }],
    ['messages[0].content[0].source', { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'file', file_id: 'f' } }] }] }],
    ['messages[0].content[1]', { messages: [{ role: 'user', content: [{ type: 'text', text: 'a' }, { type: 'tool_result', tool_use_id: 't' }] }] }],
    ['messages[0].content[0].content[0]', { messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: [{ type: 'image' }] }] }] }],
    ['messages[1].content[0]', { messages: [{ role: 'user', content: 'a' }, { role: 'assistant', content: [{ type: 'server_tool_use' }] }] }],
    ['messages', { messages: [{ role: 'user', content: 'a' }, { role: 'assistant', content: 'The answer is (' }] }],
  ])('refuses %s, which chat cannot express', (param, over) => {
    expect(() => requestToChat({ ...BASE, ...over })).toThrow(refused(param))
  })
})
