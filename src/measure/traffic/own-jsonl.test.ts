import { describe, expect, it } from 'vitest'
import { failure, readText } from './testing.ts'

const lines = (...rows: unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

describe('Spillway JSON lines', () => {
  it('reads tokens, cached tokens and unknown keys', async () => {
    const reading = await readText(lines({ t: '2026-03-02T09:15:04.120Z', input: 1820, output: 214, cached: 1536, user: 'u-17' }, { t: '2026-03-02T10:16:04+01:00', input: 410, output: 38, feature: null }))
    expect([reading.format, reading.bins.startMs, reading.bins.tokens]).toEqual([
      'jsonl',
      Date.UTC(2026, 2, 2, 9, 15),
      { input: new Float64Array([1820, 410]), cached: new Float64Array([1536, 0]), uncachedSquared: new Float64Array([284 ** 2, 410 ** 2]), output: new Float64Array([214, 38]), outputSquared: new Float64Array([214 ** 2, 38 ** 2]), inputOutput: new Float64Array([1820 * 214, 410 * 38]) },
    ])
  })

  it('reads work without tokens', async () => {
    const reading = await readText(lines({ t: 0, gpu_seconds: 1.5, egress_mb: 2 }, { t: 61, gpu_seconds: 0, egress_mb: 0.5 }))
    expect([reading.bins.tokens, reading.bins.work]).toEqual([null, { gpuSeconds: new Float64Array([1.5, 0]), egressMb: new Float64Array([2, 0.5]) }])
  })

  it.each([
    ['s', 1.7e9, 60],
    ['ms', 1.7e12, 60_000],
  ])('reads Unix times in %s', async (_, first, step) => {
    expect((await readText(lines({ t: first, input: 1, output: 1 }, { t: first + step, input: 1, output: 1 }))).bins.startMs).toBe(Math.floor(1.7e12 / 60_000) * 60_000)
  })

  it('takes other keys by --columns', async () => {
    const reading = await readText(lines({ when: 0, prompt: 3, completion: 4 }, { when: 61, prompt: 5, completion: 6 }), { columns: { time: 'when', input: 'prompt', output: 'completion' } })
    expect([reading.format, reading.bins.tokens?.input]).toEqual(['jsonl', new Float64Array([3, 5])])
  })

  it.each([
    [{ t: 5, input: 1 }, 'output', 'the value is missing, though the first row has it'],
    [{ t: 5 }, 'input', 'the value is missing, though the first row has it'],
    [{ t: 5, input: 1, output: 1, gpu_seconds: 1 }, 'gpu_seconds', 'the value is given, though the first row has none'],
    [{ t: 5, input: '7', output: 1 }, 'input', '"7" is not a number of tokens; write it without quotes'],
    [{ t: 5, input: [7], output: 1 }, 'input', '[7] is not a number of tokens'],
    [{ t: 5, input: 1.5, output: 1 }, 'input', '"1.5" is not a whole number of tokens'],
    [{ t: 5, input: 1, output: 1, cached: 2 }, 'cached', '2 cached tokens are more than the 1 input tokens'],
    [{ input: 1, output: 1 }, 't', 'the time is missing'],
    [{ t: null, input: 1, output: 1 }, 't', 'null is not a time'],
    [{ t: 'soon', input: 1, output: 1 }, 't', '"soon" is not a time'],
    [{ t: 1.7e12, input: 1, output: 1 }, 't', '"1700000000000" is Unix time in ms, while the first row has a time since the start'],
  ])('row %j is an error', async (row, column, message) => {
    const error = await failure(lines({ t: 0, input: 1, output: 1 }, row))
    expect([error.code, error.place, error.message]).toEqual(['TRAFFIC_ROW_INVALID', { file: 't.csv', row: 2, column }, message])
  })

  it('names GPU-seconds out of range', async () => {
    expect((await failure(lines({ t: 0, gpu_seconds: -1 }))).toLine()).toContain('column gpu_seconds: -1 is not a number from 0 to 86400')
    expect((await failure(lines({ t: 0, egress_mb: 1e9 }))).toLine()).toContain('column egress_mb: 1000000000 is not a number from 0 to 1000000')
  })

  it('names a time too far from the others', async () => {
    const error = await failure(lines({ t: 1.7e9, input: 1, output: 1 }, { t: 2.7e9, input: 1, output: 1 }))
    expect([error.code, error.place]).toEqual(['TRAFFIC_TOO_LONG', { file: 't.csv', row: 2, column: 't' }])
  })
})
