import { describe, expect, it } from 'vitest'
import { failure, readText } from './testing.ts'

const line = (timestamp: unknown, input: unknown, output: unknown, hashes?: unknown): string => `${JSON.stringify({ timestamp, input_length: input, output_length: output, hash_ids: hashes })}\n`

describe('Mooncake', () => {
  it('estimates cached tokens from block hashes and says how', async () => {
    const reading = await readText(line(27_482, 6955, 52, [46, 47, 2353]) + line(90_535, 6472, 26, [46, 47, 2366]))
    expect([reading.format, reading.bins.startMs, reading.bins.tokens?.cached]).toEqual(['mooncake', null, new Float64Array([0, 1024])])
    expect(reading.bins.tokens?.uncachedSquared[1]).toBe((6472 - 1024) ** 2)
    expect(reading.prefixCache).toEqual({ blocks: 6, hitBlocks: 2, evictedBlocks: 0, blockTokens: 512 })
    expect(reading.warnings[0]).toMatch(/one infinite cache .* upper limit/u)
  })

  it('reads rows without hashes', async () => {
    const reading = await readText(line(0, 10, 1) + line(70_000, 10, 1))
    expect([reading.prefixCache, reading.warnings, reading.bins.tokens?.cached]).toEqual([null, [], new Float64Array(2)])
  })

  it('reads Unix times in ms', async () => {
    expect((await readText(line(1.7e12, 1, 1) + line(1.7e12 + 60_000, 1, 1))).bins.startMs).toBe(Math.floor(1.7e12 / 60_000) * 60_000)
  })

  it.each([
    [line(5, -1, 1), 'input_length', 'a token count of -1 is negative'],
    [line(5, 1e9, 1), 'input_length', 'a token count of 1000000000 is absurd (over 10 million)'],
    [line(5, 1, 'x'), 'output_length', '"x" is not a number of tokens; write it without quotes'],
    [line(5, 1, undefined), 'output_length', 'the token count is missing'],
    [line('x', 1, 1), 'timestamp', '"x" is not a number from 0 to 7260000000000'],
    [line(1.7e12, 1, 1), 'timestamp', '1700000000000 is Unix time in ms, unlike the first row'],
    [line(5, 1, 1, 'x'), 'hash_ids', '"x" is not a list of at most 20000 hashes'],
    [line(5, 1, 1, [{}]), 'hash_ids', '[{}] is not a list of at most 20000 hashes'],
    ['[1]\n', undefined, 'the line is not a JSON object'],
    ['{"timestamp": 5\n', undefined, 'the line is not a JSON object'],
  ])('row %j is an error', async (row, column, message) => {
    const error = await failure(line(0, 1, 1) + row)
    expect([error.code, error.place, error.message]).toEqual(['TRAFFIC_ROW_INVALID', { file: 't.csv', row: 2, ...(column === undefined ? {} : { column }) }, message])
  })
})
