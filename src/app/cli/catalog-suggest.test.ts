import { describe, expect, it } from 'vitest'
import { run } from './testing.ts'

describe('spillway catalog suggest', () => {
  it('orders the GPUs that carry a model by the cost of a request, and explains the first', async () => {
    const { exit, stdout } = await run(['catalog', 'suggest', '--model', 'llama-3.1-8b', '--json'])
    expect(exit).toBe(0)
    const { model, suggestions } = JSON.parse(stdout) as { model: string; suggestions: { gpu: string; gpus: number; usdPerThousandRequests: number | null; memory: string; offer: string | null }[] }
    expect(model).toBe('llama-3.1-8b')
    const costs = suggestions.flatMap(({ usdPerThousandRequests }) => usdPerThousandRequests ?? [])
    expect(costs.length).toBeGreaterThan(3)
    expect(costs).toEqual(costs.toSorted((a, b) => a - b))
    expect(suggestions.find(({ gpu }) => gpu === 'h100-80gb')).toMatchObject({ gpus: 1, offer: expect.any(String), memory: expect.stringContaining('tokens of KV cache') })
    // 16 GB of weights do not fit one T4.
    expect(suggestions.find(({ gpu }) => gpu === 't4-16gb')?.gpus ?? 2).toBeGreaterThan(1)
  })

  it('a 70B model needs more than one 80 GB GPU at 16 bits', async () => {
    const { stdout } = await run(['catalog', 'suggest', '--task', '70b-plus', '--precision', 'bf16', '--json'])
    const { suggestions } = JSON.parse(stdout) as { suggestions: { gpu: string; gpus: number }[] }
    const of80 = suggestions.filter(({ gpu }) => gpu.endsWith('-80gb'))
    expect(of80.length).toBeGreaterThan(1)
    expect(of80.every(({ gpus }) => gpus >= 2)).toBe(true)
  })

  it.each(['--model=llama-3.1-70b', '--task=embeddings', '--task=under-13b', '--task=13b-70b'])('%s fits 100 columns and shows the memory arithmetic', async (choice) => {
    const { exit, stdout } = await run(['catalog', 'suggest', choice])
    expect(exit).toBe(0)
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
    expect(stdout).toContain('Memory:')
  })

  it('says so where nothing carries the model in time, and leaves speeds that nobody measured unknown', async () => {
    const { stdout } = await run(['catalog', 'suggest', '--model', 'llama-3.1-8b', '--slo-tpot', '0.001ms', '--json'])
    const { suggestions } = JSON.parse(stdout) as { suggestions: { requestsPerSecond: number | null; usdPerThousandRequests: number | null }[] }
    expect(suggestions.every(({ requestsPerSecond, usdPerThousandRequests }) => requestsPerSecond === null && usdPerThousandRequests === null)).toBe(true)
    expect(await run(['catalog', 'suggest', '--model', 'deepseek-r1', '--precision', 'fp32'])).toMatchObject({ exit: 0, stdout: 'No GPU of the catalog carries DeepSeek R1 within the latency target.\n' })
  })

  it('needs one of model and task', async () => {
    expect((await run(['catalog', 'suggest'])).stderr).toMatch(/^error CLI_NEEDS_ANSWER/u)
    expect((await run(['catalog', 'suggest', '--model', 'x', '--task', 'embeddings'])).exit).toBe(2)
    expect((await run(['catalog', 'suggest', '--model', 'nope'])).stderr).toMatch(/^error CATALOG_UNKNOWN_ID/u)
  })
})
