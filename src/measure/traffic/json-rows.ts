import { MAX_TOKENS } from './request-sink.ts'
import type { RowErrors } from './row-errors.ts'
import { tokenProblem } from './csv-requests.ts'

export type JsonRow = Readonly<Record<string, unknown>>

/** Parses one line as a JSON object; null where it is none (reported). */
export function parseRow(bytes: Uint8Array, start: number, end: number, row: number, errors: RowErrors): JsonRow | null {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8'))
  } catch {
    value = null
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonRow
  errors.bad(row, null, 'the line is not a JSON object', 'Write one complete JSON object a line, or pass --skip-bad-rows')
  return null
}

/** A whole number of tokens; null where it is none (reported). */
export function tokenCount(row: JsonRow, key: string, at: number, errors: RowErrors): number | null {
  const value = row[key]
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_TOKENS) return value
  const reason =
    value === undefined || value === null
      ? 'the token count is missing'
      : typeof value === 'number'
        ? tokenProblem(String(value), value)
        : `${shown(value)} is not a number of tokens${typeof value === 'string' ? '; write it without quotes' : ''}`
  errors.bad(at, key, reason)
  return null
}

/** A number from 0 to `limit`; null where it is none (reported). */
export function amount(row: JsonRow, key: string, limit: number, at: number, errors: RowErrors): number | null {
  const value = row[key]
  if (typeof value === 'number' && value >= 0 && value <= limit) return value
  errors.bad(at, key, `${shown(value)} is not a number from 0 to ${limit}`)
  return null
}

/** A value as it is quoted in a message. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 40 ? `${text.slice(0, 37)}...` : text
}
