import { createOpenAI } from '@ai-sdk/openai'
import { embed, embedMany, generateText, isStepCount, jsonSchema, streamText, tool } from 'ai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEMO_KEY, MODEL, startTestServer, type TestServer } from './testing.ts'

let server: TestServer
let provider: ReturnType<typeof createOpenAI>

beforeAll(async () => {
  server = await startTestServer()
  provider = createOpenAI({ baseURL: server.baseURL, apiKey: DEMO_KEY })
})
afterAll(() => server.close())

describe('ai and @ai-sdk/openai of Vercel, unmodified', () => {
  it('generateText over chat and over the Responses API, which is its default', async () => {
    for (const model of [provider.chat(MODEL), provider(MODEL)]) {
      const { text, usage } = await generateText({ model, prompt: 'Say something.', maxOutputTokens: 16, maxRetries: 0 })
      expect([text.length > 0, usage.outputTokens]).toEqual([true, 16])
    }
    expect(server.records.map(({ api }) => api)).toEqual(['chat', 'responses'])
  })

  it('streamText with a tool that runs: the second step answers', async () => {
    const cities: unknown[] = []
    const weather = tool({
      description: 'Of a city',
      inputSchema: jsonSchema<{ city: string }>({ type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }),
      execute: ({ city }) => {
        cities.push(city)
        return 'rain'
      },
    })
    const result = streamText({ model: provider.chat(MODEL), prompt: 'Call weather.', tools: { weather }, stopWhen: isStepCount(3), maxOutputTokens: 32, maxRetries: 0 })
    let streamed = ''
    for await (const part of result.textStream) streamed += part
    expect(cities).toEqual(['bac'])
    expect(streamed.length).toBeGreaterThan(0)
    expect(await result.finishReason).toMatch(/^(stop|length)$/u)
  })

  it('embed and embedMany', async () => {
    const model = provider.embedding(MODEL)
    const { embedding } = await embed({ model, value: 'a text', maxRetries: 0 })
    const { embeddings } = await embedMany({ model, values: ['a text', 'another'], maxRetries: 0 })
    expect([embedding.length, embeddings.length]).toEqual([384, 2])
    expect(embeddings[0]).toEqual(embedding)
  })

  it('a refusal has its status and its code', async () => {
    await expect(generateText({ model: provider.chat('gpt-unknown'), prompt: 'Hi', maxRetries: 0 })).rejects.toMatchObject({ statusCode: 404, data: { error: { code: 'model_not_found' } } })
  })
})
