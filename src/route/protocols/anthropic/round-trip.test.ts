import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { messageFromChat } from './answer-from-chat.ts'
import { messageToChat } from './answer-to-chat.ts'
import { requestFromChat } from './request-from-chat.ts'
import { requestToChat } from './request-to-chat.ts'

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
const name = fc.stringMatching(/^[a-z_]{1,8}$/u)
const jsonObject = fc.dictionary(name, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as object)

const part = fc.oneof(
  fc.record({ type: fc.constant('text'), text }),
  fc.base64String({ minLength: 4, maxLength: 12 }).map((data) => ({ type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } })),
  name.map((path) => ({ type: 'image_url', image_url: { url: `https://example.com/${path}.png` } })),
)
/** Several parts, since one text alone is written as a string. */
const userContent = fc.oneof(text, fc.array(part, { minLength: 2, maxLength: 3 }))

/** A question; then perhaps rounds of tools, each followed by an answer, and the next question. */
const exchange = fc.record({
  question: userContent,
  rounds: fc.array(fc.record({ said: fc.option(text), calls: fc.array(fc.record({ name, input: jsonObject, result: text }), { minLength: 1, maxLength: 3 }) }), { maxLength: 2 }),
  answer: text,
})

const chatMessages = fc.tuple(fc.option(text), fc.array(exchange, { maxLength: 3 }), userContent).map(([system, exchanges, last]) => {
  let id = 0
  const messages: object[] = system === null ? [] : [{ role: 'system', content: system }]
  for (const { question, rounds, answer } of exchanges) {
    messages.push({ role: 'user', content: question })
    for (const { said, calls } of rounds) {
      const numbered = calls.map(({ name, input, result }) => ({ id: `t${id++}`, name, input, result }))
      messages.push({ role: 'assistant', content: said, tool_calls: numbered.map((call) => ({ id: call.id, type: 'function', function: { name: call.name, arguments: JSON.stringify(call.input) } })) })
      for (const call of numbered) messages.push({ role: 'tool', tool_call_id: call.id, content: call.result })
    }
    messages.push({ role: 'assistant', content: answer })
  }
  messages.push({ role: 'user', content: last })
  return messages
})

const tools = fc.array(
  fc.record({ name, description: fc.option(text, { nil: undefined }), parameters: jsonObject, strict: fc.option(fc.boolean(), { nil: undefined }) }, { noNullPrototype: true }).map((definition) => ({ type: 'function', function: JSON.parse(JSON.stringify(definition)) as object })),
  { minLength: 1, maxLength: 2 },
)

const options = fc.record(
  {
    temperature: fc.double({ min: 0, max: 1, noNaN: true }),
    top_p: fc.double({ min: 0, max: 1, noNaN: true }),
    stop: fc.array(text, { minLength: 1, maxLength: 3 }),
    user: name,
    reasoning_effort: fc.constantFrom('low', 'medium', 'high'),
    response_format: jsonObject.map((schema) => ({ type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } })),
  },
  { requiredKeys: [], noNullPrototype: true },
)
const toolOptions = fc.oneof(
  fc.constant({}),
  fc.record({ tools, tool_choice: fc.constantFrom('auto', 'required', { type: 'function', function: { name: 'f' } }), parallel_tool_calls: fc.constant(false) }, { requiredKeys: ['tools', 'tool_choice'], noNullPrototype: true }),
)

describe('there and back', () => {
  it('property: a chat request means the same after Messages', () => {
    fc.assert(
      fc.property(chatMessages, options, toolOptions, fc.integer({ min: 1, max: 1000 }), (messages, sampling, tooling, limit) => {
        const chat = { model: 'm', max_tokens: limit, ...sampling, ...tooling, messages }
        const there = requestFromChat(chat)
        const back = requestToChat(there.json)
        expect(back.json).toEqual(chat)
        expect([...there.dropped, ...back.dropped]).toEqual([])
      }),
    )
  })

  const chatAnswer = fc.record({
    content: fc.option(text),
    calls: fc.array(fc.record({ name, input: jsonObject }), { maxLength: 3 }),
    finish: fc.constantFrom('stop', 'length', 'tool_calls', 'content_filter'),
    usage: fc.record({ prompt: fc.nat(10_000), cached: fc.nat(10_000), written: fc.nat(10_000), completion: fc.nat(10_000), reasoning: fc.nat(10_000) }),
  })

  it('property: a chat answer means the same after Messages', () => {
    fc.assert(
      fc.property(chatAnswer, ({ content, calls, finish, usage }) => {
        const prompt = usage.prompt + usage.cached + usage.written
        const completion = usage.completion + usage.reasoning
        const toolCalls = calls.map((call, index) => ({ id: `t${index}`, type: 'function', function: { name: call.name, arguments: JSON.stringify(call.input) } }))
        const chat = {
          id: 'x',
          object: 'chat.completion',
          created: 7,
          model: 'm',
          choices: [{ index: 0, message: { role: 'assistant', content, refusal: null, ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }) }, logprobs: null, finish_reason: finish }],
          usage: {
            prompt_tokens: prompt,
            completion_tokens: completion,
            total_tokens: prompt + completion,
            prompt_tokens_details: { cached_tokens: usage.cached, cache_write_tokens: usage.written },
            completion_tokens_details: { reasoning_tokens: usage.reasoning },
          },
        }
        expect(messageToChat(messageFromChat(chat), 7)).toEqual(chat)
      }),
    )
  })
})
