import { modelRule } from '../admission/key-rules.ts'
import type { AuditConfig, AuditMode } from '../config-types.ts'

/** What is known of a call when it is asked which system it belongs to. */
export interface AuditedCall {
  readonly key: string | null
  readonly feature: string | null
  readonly model: string
}

export interface AuditRules {
  readonly mode: (model: string) => AuditMode
  /** The first system whose rule takes the call; null = none does. */
  readonly system: (call: AuditedCall) => string | null
}

/** The rules of a configuration in the form that calls use. Of the rules of models the first that fits holds. */
export function auditRules({ mode, models = [], systems = [] }: AuditConfig): AuditRules {
  const byModel = models.map((rule) => ({ fits: modelRule([rule.models])!, mode: rule.mode }))
  const bySystem = systems.map(({ id, keys, features, models: named }) => {
    const fits = modelRule(named)
    return { id, takes: (call: AuditedCall): boolean => isOne(keys, call.key) && isOne(features, call.feature) && (fits === null || fits(call.model)) }
  })
  return {
    mode: (model) => byModel.find(({ fits }) => fits(model))?.mode ?? mode,
    system: (call) => bySystem.find(({ takes }) => takes(call))?.id ?? null,
  }
}

/** Whether any call can come into a log under this configuration: then there has to be one. */
export function isAudited({ mode, models = [] }: Pick<AuditConfig, 'mode' | 'models'>): boolean {
  return mode !== 'off' || models.some((rule) => rule.mode !== 'off')
}

function isOne(wanted: readonly string[] | null, value: string | null): boolean {
  return wanted === null || (value !== null && wanted.includes(value))
}
