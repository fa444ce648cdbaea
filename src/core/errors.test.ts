import { describe, expect, it } from 'vitest'
import { oneLine, SpillwayError } from './errors.ts'

describe('SpillwayError', () => {
  it('prints one line with code, place, what is wrong and the mend', () => {
    const error = new SpillwayError('TRAFFIC_ROW_INVALID', 'negative token count -5', 'Correct the row, or pass --skip-bad-rows', { file: 'a.csv', row: 7, column: 'ContextTokens' })
    expect(error.toLine()).toBe('error TRAFFIC_ROW_INVALID: a.csv, row 7, column ContextTokens: negative token count -5. Correct the row, or pass --skip-bad-rows')
    expect(error.exitCode).toBe(2)
  })

  it('serializes for --json without losing the place', () => {
    const error = new SpillwayError('FILE_NOT_FOUND', 'no such file', 'Check the path', { file: 'x' })
    expect(JSON.parse(JSON.stringify(error))).toEqual({ error: { code: 'FILE_NOT_FOUND', message: 'no such file', mend: 'Check the path', place: { file: 'x' } } })
  })

  it('keeps hostile input on one line', () => {
    expect(oneLine('a\nb\u001b[31mred\u2028\u202e')).toBe(String.raw`a\u000ab\u001b[31mred\u2028\u202e`)
    expect(oneLine('x'.repeat(2000))).toHaveLength(500)
  })
})
