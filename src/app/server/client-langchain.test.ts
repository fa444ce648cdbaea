import { ToolMessage } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { DEMO_KEY, MODEL, startTestServer, type TestServer } from './testing.ts'

let server: TestServer
let chat: ChatOpenAI

beforeAll(async () => {
  server = await startTestServer()
  chat = new ChatOpenAI({ model: MODEL, apiKey: DEMO_KEY, maxTokens: 12, maxRetries: 0, configuration: { baseURL: server.baseURL } })
})
afterAll(() => server.close())

describe('LangChain, unmodified', () => {
  it('invoke, with the usage that was metered', async () => {
    const answer = await chat.invoke('Say something short.')
    expect(answer.text.length).toBeGreaterThan(0)
    expect(answer).toMatchObject({ usage_metadata: { output_tokens: server.records.at(-1)!.usage.output } })
  })

  it('stream', async () => {
    let text = ''
    let chunks = 0
    for await (const chunk of await chat.stream('Say something short.')) {
      text += chunk.text
      chunks++
    }
    expect([text.length > 0, chunks > 2]).toEqual([true, true])
    expect(server.records.at(-1)).toMatchObject({ streamed: true, usageSource: 'upstream' })
  })

  it('bindTools, and the way back with the result', async () => {
    const weather = tool(({ city }) => `rain in ${city}`, { name: 'weather', description: 'Of a city', schema: z.object({ city: z.string() }) })
    const withTools = chat.bindTools([weather], { tool_choice: 'required' })
    const asked = await withTools.invoke('What is it like outside?')
    expect(asked.tool_calls).toMatchObject([{ name: 'weather', args: { city: 'bac' } }])
    const result = await weather.invoke(asked.tool_calls![0]!)
    expect(result).toBeInstanceOf(ToolMessage)
    const answer = await chat.invoke([{ role: 'user', content: 'What is it like outside?' }, asked, result])
    expect(answer.text.length).toBeGreaterThan(0)
  })

  it('embeddings, which it asks for in base64', async () => {
    const embeddings = new OpenAIEmbeddings({ model: MODEL, apiKey: DEMO_KEY, maxRetries: 0, configuration: { baseURL: server.baseURL } })
    const [first, second] = await embeddings.embedDocuments(['a text', 'another'])
    expect([first!.length, second!.length]).toEqual([384, 384])
    expect(await embeddings.embedQuery('a text')).toEqual(first)
  })
})
