import { SpillwayError } from '../../core/errors.ts'
import { COLUMN_ROLES, type ColumnMap, type ColumnRole } from './reading.ts'

/** Names under which tools commonly write these columns, lower case; the first that the header has is taken. */
const COMMON_NAMES: Readonly<Record<ColumnRole, readonly string[]>> = {
  time: ['timestamp', 'time', 'ts', 't', 'arrived_at', 'created_at', 'start_time', 'datetime'],
  input: ['input_tokens', 'prompt_tokens', 'num_prefill_tokens', 'input_length', 'tokens_in', 'input'],
  output: ['output_tokens', 'completion_tokens', 'num_decode_tokens', 'output_length', 'tokens_out', 'output'],
  cached: ['cached_tokens', 'cache_read_tokens', 'cache_read_input_tokens', 'cached'],
  gpu_seconds: ['gpu_seconds'],
  egress_mb: ['egress_mb'],
}

/** Parses `time=ts,input=prompt_tokens,...`. Throws CLI_USAGE for an unknown role or a pair that is none. */
export function parseColumns(text: string): ColumnMap {
  const columns: Partial<Record<ColumnRole, string>> = {}
  for (const pair of text.split(',')) {
    const at = pair.indexOf('=')
    const role = COLUMN_ROLES.find((role) => role === pair.slice(0, Math.max(0, at)).trim())
    const name = pair.slice(at + 1).trim()
    if (role === undefined || name === '') throw new SpillwayError('CLI_USAGE', `"${pair.trim()}" in --columns names no column`, `Write --columns "time=...,input=...,output=..."; the names before = are ${COLUMN_ROLES.join(', ')}`)
    if (columns[role] !== undefined) throw new SpillwayError('CLI_USAGE', `--columns names ${role} twice`, 'Name each column once')
    columns[role] = name
  }
  return columns
}

/** The columns of a header by their common names; null unless a time is among them, and tokens wholly or not at all. */
export function guessColumns(names: readonly string[]): ColumnMap | null {
  const lower = names.map((name) => name.toLowerCase())
  const found = COLUMN_ROLES.flatMap((role) => {
    const alias = COMMON_NAMES[role].find((name) => lower.includes(name))
    return alias === undefined ? [] : [[role, names[lower.indexOf(alias)]!] as const]
  })
  const columns: ColumnMap = Object.fromEntries(found)
  const tokens = columns.input !== undefined && columns.output !== undefined
  return columns.time === undefined || (!tokens && columns.gpu_seconds === undefined) ? null : columns
}
