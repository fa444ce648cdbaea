import type { Scope } from '../span.ts'
import type { Reads } from './usage.ts'

interface Rule {
  /** Beginning of the instrumentation scope's name. */
  readonly scope: string
  /** Versions below this one. */
  readonly before: string
  readonly reads: Reads
}

/**
 * Clients that are known to report input without its cached tokens. Everybody else is taken to follow the GenAI conventions, where
 * input includes them. The numbers, where they can tell, overrule both.
 */
const RULES: readonly Rule[] = [
  // Passed Anthropic's input_tokens on as they are until openllmetry-js of 2026-06-18 (#1028); 0.27.0 is the first release after it.
  { scope: '@traceloop/instrumentation-anthropic', before: '0.27.0', reads: 'exclusive' },
]

export function usualReading(scope: Scope): Reads {
  const rule = RULES.find((one) => scope.name.startsWith(one.scope) && isBefore(scope.version, one.before))
  return rule?.reads ?? 'inclusive'
}

function isBefore(version: string, other: string): boolean {
  const [left, right] = [version, other].map((text) => text.split(/[.-]/u, 3).map(Number)) as [number[], number[]]
  for (let index = 0; index < 3; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0)
    if (Number.isNaN(difference)) return false
    if (difference !== 0) return difference < 0
  }
  return false
}
