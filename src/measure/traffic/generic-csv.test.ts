import { describe, expect, it } from 'vitest'
import { guessColumns, parseColumns } from './generic-csv.ts'

describe('parseColumns', () => {
  it('reads roles and names', () => {
    expect(parseColumns('time = ts, input=prompt tokens,output=a=b')).toEqual({ time: 'ts', input: 'prompt tokens', output: 'a=b' })
  })

  it.each(['', 'time', 'time=', 'when=ts', 'time=a,time=b', '=x', 'time=a,,'])('refuses %j', (text) => {
    expect(() => parseColumns(text)).toThrow(expect.objectContaining({ code: 'CLI_USAGE' }))
  })
})

describe('guessColumns', () => {
  it.each([
    [['arrived_at', 'num_prefill_tokens', 'num_decode_tokens'], { time: 'arrived_at', input: 'num_prefill_tokens', output: 'num_decode_tokens' }],
    [['Timestamp', 'Prompt_Tokens', 'Completion_Tokens', 'cached_tokens', 'model'], { time: 'Timestamp', input: 'Prompt_Tokens', output: 'Completion_Tokens', cached: 'cached_tokens' }],
    [['ts', 'gpu_seconds'], { time: 'ts', gpu_seconds: 'gpu_seconds' }],
  ])('%j', (names, columns) => {
    expect(guessColumns(names)).toEqual(columns)
  })

  it.each([[['prompt_tokens', 'completion_tokens']], [['ts', 'prompt_tokens']], [['ts']], [[]]])('says nothing of %j', (names) => {
    expect(guessColumns(names)).toBeNull()
  })
})
