import type { DedicatedOption, ServerlessOption } from './plan-input.ts'

export interface Running {
  readonly dedicated: DedicatedOption | null
  readonly dedicatedReplicas: number
  readonly gpusPerReplica: number
  readonly rentedMax: number
  readonly scheduled: boolean
  readonly serverless: ServerlessOption | null
  readonly tokens: boolean
}

/** What the team has to run, as facts. */
export function operationsOf(running: Running): string[] {
  const facts: string[] = []
  const { dedicatedReplicas: count, gpusPerReplica: gpus } = running
  if (count > 0)
    facts.push(`${count} inference ${count === 1 ? 'server' : 'servers'} of ${gpus} ${gpus === 1 ? 'GPU' : 'GPUs'} each to deploy, patch and watch around the clock`)
  if (running.rentedMax > 0)
    facts.push(
      `up to ${running.rentedMax} more servers started and stopped ${running.scheduled ? 'on a schedule' : 'by the hour, automatically'}: images, health checks and quotas for that`,
    )
  if (running.serverless !== null) facts.push('a serverless endpoint: a container image, its limits and its cold starts; no servers')
  if (running.serverless !== null && count + running.rentedMax > 0)
    facts.push('a router in front of both, with the same engine version, model revision and precision on each side')
  if (running.tokens) facts.push('an API key; the provider chooses engine, precision and model updates')
  return facts
}

/** Operating cost presets, USD a month: the share of an engineer's time x salary. Shares are this project's assumption. */
export const OPS_PRESETS = {
  none: { share: 0, note: 'not counted' },
  serverless: { share: 0.02, note: 'images, limits, alerts' },
  managed: { share: 0.05, note: 'managed endpoints: scaling rules, alerts' },
  'ray-serve': { share: 0.15, note: 'a Ray cluster on rented machines' },
  kubernetes: { share: 0.25, note: 'GPU operator, autoscaling, upgrades, on call' },
} as const

export type OpsPreset = keyof typeof OPS_PRESETS

/** USD a year for one platform engineer: the middle of the $150k-250k that the guide quotes. */
export const ENGINEER_YEARLY_USD = 200_000

export function opsPresetMonthly(preset: OpsPreset): number {
  return (OPS_PRESETS[preset].share * ENGINEER_YEARLY_USD) / 12
}
