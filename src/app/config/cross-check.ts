import { Cron } from 'croner'
import { checkPolicyConfig } from '../../core/policy/check-config.ts'
import type { GatewayConfig, PoolConfig, PrewarmRule } from '../../route/config-types.ts'
import { poolSpecs } from '../../route/gateway/pool-specs.ts'
import { nearestName } from './nearest-name.ts'
import type { Problems } from './problems.ts'
import type { ConfigFile } from './schema.ts'

/**
 * What a schema cannot say: ids that are unique, names that exist, pairs of values that fit together. A setting that could
 * never take effect is refused here rather than ignored. Some pools may be absent from `config`, by problems found before.
 */
export function crossCheck(file: ConfigFile, config: GatewayConfig, problems: Problems): void {
  uniqueIds(file.pools, ['pools'], problems)
  uniqueIds(file.server?.keys ?? [], ['server', 'keys'], problems)
  checkRouting(config, problems)
  checkJournal(config, problems)
  checkPools(file, config, problems)
  checkTelemetry(config, problems)
  checkLoopRules(config.loops.rules ?? [], problems)
  for (const [index, rule] of config.prewarm.entries()) checkPrewarm(rule, index, file, config, problems)
  // The policy itself has the last word: what it would throw at is refused here, so that no reload can.
  if (problems.list().length > 0) return
  try {
    checkPolicyConfig({ ...config.policy, pools: poolSpecs(config.pools) })
  } catch (error) {
    problems.addError(['routing'], error)
  }
}

function uniqueIds(entries: readonly { readonly id: string }[], path: readonly string[], problems: Problems): void {
  const firsts = new Map<string, number>()
  for (const [index, { id }] of entries.entries()) {
    const first = firsts.get(id)
    if (first === undefined) firsts.set(id, index)
    else problems.add([...path, index, 'id'], `"${id}" is the id of ${path.join('.')}[${first}] too`, 'Rename one')
  }
}

function checkRouting({ policy, retries }: GatewayConfig, problems: Problems): void {
  const { saturation, weights, breaker } = policy
  if (saturation.release >= saturation.enter) problems.add(['routing', 'saturation', 'release'], `is ${saturation.release}, not below enter (${saturation.enter})`, 'Lower release, so that a pool does not flip between full and free')
  if (weights.prefix + weights.queue + weights.kv === 0) problems.add(['routing', 'weights'], 'are all zero', 'Give one of them weight')
  if (breaker.openMs > breaker.maxOpenMs) problems.add(['routing', 'breaker', 'open'], 'is longer than maxOpen', 'Make maxOpen the longer one')
  if (retries.baseMs > retries.maxMs) problems.add(['retries', 'base'], 'is longer than max', 'Make max the longer one')
}

function checkTelemetry({ telemetry }: GatewayConfig, problems: Problems): void {
  if (telemetry.memoryMb < 128) problems.add(['telemetry', 'memory'], 'is less than 128MiB', 'The database needs that much to sort a day')
  if (telemetry.keepMs < 86_400_000) problems.add(['telemetry', 'keep'], 'is less than a day', 'Whole days are kept: give 1d or more')
}

/** Files of the journal are of 64 MiB, and whole ones are removed. */
function checkJournal({ journal }: GatewayConfig, problems: Problems): void {
  if (journal.keepMs !== null && journal.keepMs < 3_600_000) problems.add(['journal', 'keep'], 'is shorter than 1h', 'Give 1h or more')
  if (journal.maxBytes < 256e6) problems.add(['journal', 'maxSize'], 'is smaller than 256MB', 'Give 256MB or more: files of the journal have 64 MiB and go as a whole')
}

function checkPools(file: ConfigFile, config: GatewayConfig, problems: Problems): void {
  for (const pool of config.pools) {
    const index = file.pools.findIndex(({ id }) => id === pool.id)
    for (const name of ['metrics', 'health'] as const) {
      const every = pool[name]?.intervalMs
      if (every !== undefined && every < 100) problems.add(['pools', index, name, 'every'], 'is shorter than 100ms', 'Engines spend their time on it; 1s is plenty')
    }
    if (pool.metrics !== null && pool.metrics.intervalMs > config.policy.staleAfterMs) {
      problems.add(['pools', index, 'metrics', 'every'], 'is longer than routing.staleAfter: the metrics would always count for nothing', 'Scrape more often, or raise routing.staleAfter')
    }
  }
}

/** A rule is for a key or for a feature, and there is one of each. */
function checkLoopRules(rules: NonNullable<GatewayConfig['loops']['rules']>, problems: Problems): void {
  const firsts = new Map<string, number>()
  for (const [index, { key, feature }] of rules.entries()) {
    const path = ['loops', 'rules', index] as const
    if ((key === null) === (feature === null)) problems.add([...path], key === null ? 'names neither a key nor a feature' : 'names a key and a feature', 'Give one of the two')
    const name = key === null ? `feature "${feature}"` : `key "${key}"`
    const first = firsts.get(name)
    if (first === undefined) firsts.set(name, index)
    else problems.add([...path], `is for ${name}, as loops.rules[${first}] is`, 'Keep one of them')
  }
}

function checkPrewarm(rule: PrewarmRule, index: number, file: ConfigFile, config: GatewayConfig, problems: Problems): void {
  const path = ['prewarm', index] as const
  const ids = file.pools.map(({ id }) => id)
  if (!ids.includes(rule.pool)) {
    const near = nearestName(rule.pool, ids)
    problems.add([...path, 'pool'], `names the unknown pool "${rule.pool}"`, near === null ? `Use ${ids.join(', ')}` : `Did you mean ${near}?`)
  }
  const pool = config.pools.find(({ id }) => id === rule.pool)
  if (pool !== undefined) checkWarmable(pool, rule, index, problems)
  const zone = timeZoneExists(rule.timeZone)
  if (!zone) problems.add([...path, 'timeZone'], `"${rule.timeZone}" is no time zone`, 'Give an IANA name such as Europe/Berlin, or UTC')
  if (rule.cron !== 'learned' && !cronIsValid(rule.cron)) problems.add([...path, 'cron'], 'is no cron expression of five fields that ever comes true', 'Give minute, hour, day, month and weekday, such as "50 8 * * 1-5", or learned')
}

function checkWarmable(pool: PoolConfig, rule: PrewarmRule, index: number, problems: Problems): void {
  const path = ['prewarm', index] as const
  if (pool.kind !== 'serverless') problems.add([...path, 'pool'], `"${pool.id}" is ${pool.kind}: there is nothing to warm`, 'Name a serverless pool')
  if (rule.via === 'modal-min-containers' && rule.control === undefined) problems.add([...path, 'control'], 'is missing: Modal has no public HTTP API for this', "Give {url, auth} of a web endpoint of your own that sets min_containers; docs/configuration.md has one")
  if (rule.via === 'runpod-workers-min' && !pool.endpoints.every(({ url }) => /\/v2\/[A-Za-z0-9_-]+(\/openai)?$/u.test(url))) {
    problems.add([...path, 'via'], "needs RunPod's endpoint id, which the pool's URLs do not hold", 'Give endpoints as https://api.runpod.ai/v2/ENDPOINT_ID')
  }
  if (rule.via === 'replicate-min-instances' && !Object.values(pool.models).some((name) => /^deployments\/[^/]+\/[^/]+$/u.test(name))) {
    problems.add([...path, 'via'], "needs a deployment on Replicate, which none of the pool's models is", 'Give models as {asked name: deployments/OWNER/NAME}')
  }
}

function timeZoneExists(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

function cronIsValid(pattern: string): boolean {
  try {
    return new Cron(pattern, { mode: '5-part', paused: true, timezone: 'UTC' }).nextRun(new Date(0)) !== null
  } catch {
    return false
  }
}
