import { describe, expect, it } from 'vitest'
import { detect } from './detect.ts'
import type { ReadOptions } from './reading.ts'
import { RowErrors } from './row-errors.ts'

const AZURE = 'TIMESTAMP,ContextTokens,GeneratedTokens'
const BURST = 'Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type'
const MOONCAKE = '{"timestamp": 0, "input_length": 1, "output_length": 1, "hash_ids": [1]}'
const COLUMNS = { columns: { time: 'a', input: 'b', output: 'c' } } as const

const of = (first: string, options: ReadOptions = {}): ReturnType<typeof detect> => detect(first, 1, options, new RowErrors('t.csv', false))

describe('detect', () => {
  it.each<[string, ReadOptions, string]>([
    [AZURE, {}, 'azure'],
    ['TIMESTAMP,NumImages,ContextTokens,GeneratedTokens', {}, 'azure'],
    ['"TIMESTAMP","ContextTokens","GeneratedTokens"', {}, 'azure'],
    [BURST, {}, 'burstgpt'],
    [BURST, { format: 'csv', columns: { time: 'Timestamp' } }, 'csv'],
    [MOONCAKE, {}, 'mooncake'],
    ['{"hash_ids": [1], "output_length": 1, "input_length": 1, "timestamp": 0}', {}, 'mooncake'],
    ['{"t": 0, "input": 1, "output": 2}', {}, 'jsonl'],
    ['{"a": 0}', COLUMNS, 'jsonl'],
    ['t_s,rate', {}, 'rates'],
    ['t_s,sum_client_rate', {}, 'rates'],
    ['Time,RPS', {}, 'rates'],
    ['0,1.5,1.2,Gamma,0.7,1.4', {}, 'rates'],
    ['a,b,c', COLUMNS, 'csv'],
    ['ts,prompt_tokens,completion_tokens', {}, 'csv'],
  ])('%j with %j is %s', (first, options, format) => {
    expect(of(first, options).format).toBe(format)
  })

  it.each<[string, ReadOptions, string]>([
    ['hello world', {}, 'TRAFFIC_FORMAT_UNKNOWN'],
    ['a,b,c', {}, 'TRAFFIC_FORMAT_UNKNOWN'],
    ['1,2', {}, 'TRAFFIC_FORMAT_UNKNOWN'],
    ['[{"t": 0}]', {}, 'TRAFFIC_FORMAT_UNKNOWN'],
    ['{"x": 0}', {}, 'TRAFFIC_FORMAT_UNKNOWN'],
    [MOONCAKE, { format: 'azure' }, 'TRAFFIC_FORMAT_UNKNOWN'],
    [AZURE, { format: 'jsonl' }, 'TRAFFIC_FORMAT_UNKNOWN'],
    [AZURE, { format: 'rates' }, 'TRAFFIC_COLUMN_MISSING'],
    ['a,b,c', { format: 'csv' }, 'TRAFFIC_COLUMN_MISSING'],
    [AZURE, { format: 'csv' }, 'TRAFFIC_COLUMN_MISSING'],
  ])('%j with %j is %s, in one line with a mend', (first, options, code) => {
    expect(() => of(first, options)).toThrow(expect.objectContaining({ code, place: { file: 't.csv', row: 1 }, mend: expect.stringMatching(/\S/u) }))
  })
})
