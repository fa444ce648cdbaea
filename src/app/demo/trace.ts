import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** One call of a trace: when it comes, counted from the first, and its tokens. */
export interface TraceCall {
  readonly atMs: number
  readonly input: number
  readonly output: number
}

/** The calls of an Azure LLM trace (`TIMESTAMP,ContextTokens,GeneratedTokens`), gzip, in order of time. It ships with Spillway, so its form is known. */
export function azureCalls(file: string): TraceCall[] {
  const [, ...rows] = gunzipSync(readFileSync(file)).toString('utf8').trim().split(/\r?\n/u)
  const calls = rows.map((row) => {
    const [time = '', input = '', output = ''] = row.split(',')
    return { atMs: Date.parse(`${time.slice(0, 23).replace(' ', 'T')}Z`), input: Number(input), output: Number(output) }
  })
  calls.sort((a, b) => a.atMs - b.atMs)
  const start = calls[0]?.atMs ?? 0
  return calls.map(({ atMs, input, output }) => ({ atMs: atMs - start, input, output }))
}
