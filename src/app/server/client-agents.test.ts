import { Agent, Runner, tool } from '@openai/agents-core'
import { OpenAIProvider } from '@openai/agents-openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { DEMO_KEY, MODEL, startTestServer, type TestServer } from './testing.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

describe('the OpenAI Agents SDK, unmodified', () => {
  it('an agent calls its tool over the gateway and ends with an answer', async () => {
    const cities: string[] = []
    const weather = tool({
      name: 'weather',
      description: 'Of a city',
      parameters: z.object({ city: z.string() }),
      execute: ({ city }) => {
        cities.push(city)
        return 'rain'
      },
    })
    const agent = new Agent({ name: 'forecaster', instructions: 'Use weather.', model: MODEL, modelSettings: { maxTokens: 32 }, tools: [weather] })
    const runner = new Runner({ modelProvider: new OpenAIProvider({ baseURL: server.baseURL, apiKey: DEMO_KEY, useResponses: false }), tracingDisabled: true })
    const { finalOutput } = await runner.run(agent, 'Call weather for me.', { maxTurns: 4 })
    expect(cities).toEqual(['bac'])
    expect(String(finalOutput).length).toBeGreaterThan(0)
    expect(server.records.map(({ outcome, api, finishReason }) => [outcome, api, finishReason])).toMatchObject([['ok', 'chat', 'tool_calls'], ['ok', 'chat', expect.stringMatching(/^(stop|length)$/u)]])
  })
})
