import { describe, expect, it } from 'vitest'
import type { AuditConfig } from '../config-types.ts'
import { auditRules, isAudited } from './audit-rules.ts'

const config = (parts: Partial<AuditConfig>): AuditConfig => ({ mode: 'besteffort', remember: null, witnesses: [], quorum: 0, bodies: null, ...parts })

describe('how calls are audited', () => {
  it('by their model: the first rule that fits, else the mode of all', () => {
    const { mode } = auditRules(config({ models: [{ models: 'medical-small', mode: 'off' }, { models: 'medical-*', mode: 'strict' }] }))
    expect(['medical-small', 'medical-large', 'other', ''].map(mode)).toEqual(['off', 'strict', 'besteffort', 'besteffort'])
  })

  it.each([
    [{}, true],
    [{ mode: 'off' }, false],
    [{ mode: 'off', models: [{ models: 'm', mode: 'strict' }] }, true],
    [{ mode: 'off', models: [{ models: 'm', mode: 'off' }] }, false],
    [{ mode: 'strict', models: [{ models: '*', mode: 'off' }] }, true],
  ] as const)('%j needs a log: %s', (parts, needed) => {
    expect(isAudited(config(parts))).toBe(needed)
  })

  it('a system takes calls by key, feature and model, all that it names; the first one has it', () => {
    const { system } = auditRules(
      config({
        systems: [
          { id: 'triage', keys: ['key_1'], features: ['intake', 'urgent'], models: null },
          { id: 'chat', keys: null, features: null, models: ['chat-*'] },
          { id: 'key-2', keys: ['key_2'], features: null, models: null },
        ],
      }),
    )
    expect(system({ key: 'key_1', feature: 'intake', model: 'chat-1' })).toBe('triage')
    expect(system({ key: 'key_1', feature: 'other', model: 'chat-1' })).toBe('chat')
    expect(system({ key: 'key_2', feature: null, model: 'm' })).toBe('key-2')
    expect([system({ key: 'key_1', feature: null, model: 'm' }), system({ key: null, feature: 'intake', model: 'm' }), auditRules(config({})).system({ key: 'key_1', feature: null, model: 'm' })]).toEqual([null, null, null])
  })
})
