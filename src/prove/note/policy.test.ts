import { describe, expect, it } from 'vitest'
import { formatPolicy, parsePolicy } from './policy.ts'
import { signerOf } from './testing.ts'

const log = signerOf('log.example/audit').verifier
const [a, b, c] = [2, 3, 4].map((seed) => signerOf(`w${seed}.example/w`, seed).verifier) as [typeof log, typeof log, typeof log]
const lines = (...rest: string[]): string => `# who\nlog ${log.text}\n\n\twitness A ${a.text} https://w.example/\nwitness B ${b.text}\nwitness C ${c.text}\n${rest.join('\n')}\n`

describe('a policy of cosigning', () => {
  it('as it is written: so many of all', () => {
    const policy = parsePolicy(formatPolicy(log, [a, b, c].map((verifier) => ({ verifier, url: 'http://w.example/x' })), 2), 'policy')
    expect(policy.logs.map(({ text }) => text)).toEqual([log.text])
    expect(policy.witnesses.map(({ text }) => text)).toEqual([a.text, b.text, c.text])
    expect([new Set<string>(), new Set([a.text]), new Set([a.text, c.text])].map(policy.satisfied)).toEqual([false, false, true])
    expect(parsePolicy(formatPolicy(log, [], 0), 'policy').satisfied(new Set())).toBe(true)
  })

  it('groups of groups, all and any', () => {
    const { satisfied } = parsePolicy(lines('group ab any A B', 'group both all ab C', 'quorum both'), 'policy')
    expect([[a], [c], [a, b], [a, c], [b, c]].map((signed) => satisfied(new Set(signed.map(({ text }) => text))))).toEqual([false, false, false, true, true])
  })

  it.each([
    [['quorum D'], 'names "D"'],
    [['quorum A', 'quorum B'], 'once'],
    [[], 'no quorum'],
    [['group g 3 A B', 'quorum g'], 'threshold'],
    [['group g 0 A B', 'quorum g'], 'threshold'],
    [['group g 1 A A', 'quorum g'], 'repeated'],
    [['group g any A', 'group h any A B', 'quorum h'], 'repeated'],
    [['group g any D', 'quorum g'], 'unknown'],
    [['group A any B', 'quorum A'], 'twice'],
    [['group none any B', 'quorum none'], 'none'],
    [[`witness D ${a.text}`, 'quorum A'], 'twice'],
    [['witnesses', 'quorum A'], 'none of log'],
  ])('%j is none', (rest, reason) => {
    expect(() => parsePolicy(lines(...rest), 'policy')).toThrowError(expect.objectContaining({ code: 'AUDIT_POLICY_INVALID', message: expect.stringContaining(reason) }))
  })
})
