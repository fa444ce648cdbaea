import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fileURLToPath } from 'node:url'
import { checkConfig, loadConfig } from './load-config.ts'
import { check, complaints, minimal, scratchFolder } from './testing.ts'
import { newSigningKey, parseSigningKey } from '../../prove/note/keys.ts'
import { signerOf } from '../../prove/note/testing.ts'
import * as defaults from './defaults.ts'

/** A pool with a price given outright. */
function poolWith(id: string, card: string): string {
  return `  - id: ${id}\n    endpoints: [http://${id}.test]\n    models: [m]\n    card: ${card}\n`
}

/** A serverless pool and a rule to warm it. */
function prewarming(rule: string): string {
  return minimal('', `prewarm: [{ pool: spill, cron: learned, ${rule} }]\n`).replaceAll('floor', 'spill').replace('runpod-community', 'runpod-serverless')
}

const witness = (key: string, url = 'https://w.example/v1'): string => `{ key: "${key}", url: "${url}" }`
const audited = (rest: string): string => `${minimal()}audit: { mode: besteffort, ${rest} }\n`

describe('a minimal file', () => {
  it('has a sensible value for everything', async () => {
    const { config } = await check(minimal())
    expect(config).toMatchObject({
      version: expect.stringMatching(/^[0-9a-f]{12}$/u),
      server: { host: '127.0.0.1', port: 8787, drainMs: 30_000, staticKeys: [] },
      policy: defaults.POLICY,
      limits: defaults.LIMITS,
      timeouts: defaults.TIMEOUTS,
      retries: defaults.RETRIES,
      loops: defaults.LOOPS,
      audit: defaults.AUDIT,
      journal: defaults.JOURNAL,
      prewarm: [],
    })
    expect(config?.pools).toEqual([
      {
        id: 'floor',
        kind: 'dedicated',
        region: null,
        protocol: 'openai',
        endpoints: [{ id: '10.0.0.5:8000', url: 'http://10.0.0.5:8000', canaryShare: null }],
        models: { 'llama-3.1-8b': 'llama-3.1-8b' },
        apis: ['chat', 'completions', 'embeddings', 'responses', 'messages'],
        auth: { type: 'none' },
        card: expect.objectContaining({ rule: 'dedicated', perGpuHour: 2_690_000_000n }),
        priceVersion: 'runpod-community-h100-80gb@2026-11-09',
        capacity: 32,
        maxInFlight: null,
        alwaysWarm: true,
        coldStartSeconds: 0,
        gpusPerReplica: 1,
        metrics: { path: '/metrics', intervalMs: 1000 },
        health: { path: '/health', intervalMs: 5000 },
        connections: 256,
      },
    ])
  })

  it('has a socket for every call that a pool holds', async () => {
    const { config } = await check(minimal('    capacity: 700\n'))
    expect(config!.pools[0]).toMatchObject({ capacity: 700, connections: 700 })
    expect((await check(minimal('    capacity: 700\n    connections: 300\n'))).config!.pools[0]!.connections).toBe(300)
  })

  it('the example in examples/ is right', async () => {
    const file = fileURLToPath(new URL('../../../examples/spillway.yaml', import.meta.url))
    const config = await loadConfig(file, { env: { RUNPOD_API_KEY: 'a', DEEPINFRA_API_KEY: 'b' } })
    expect(config.pools.map(({ id, kind }) => [id, kind])).toEqual([['floor', 'dedicated'], ['spill', 'serverless'], ['last-resort', 'tokens']])
    expect(config.prewarm).toHaveLength(1)
  })
})

describe('what a person writes', () => {
  it('units, shares, rates', async () => {
    const { config } = await check(
      minimal(
        '    coldStart: 1.5m\n    metrics: { every: 500ms }\n    health: false\n',
        'limits: { maxBody: 5MiB, headerTimeout: 2s }\nretries: { budget: 10%, base: 50ms }\nloops: { spendAbove: $0.10/min, action: kill }\njournal: { keep: null, maxSize: 2GB }\nrouting: { sloTtft: 300ms, breaker: { failureShare: 0.25 }, queue: { limit: 0 } }\n',
      ),
    )
    expect(config?.pools[0]).toMatchObject({ coldStartSeconds: 90, metrics: { path: '/metrics', intervalMs: 500 }, health: null })
    expect(config).toMatchObject({
      limits: { maxBodyBytes: 5_242_880, headerMs: 2000, maxHeaderBytes: defaults.LIMITS.maxHeaderBytes },
      retries: { budgetShare: 0.1, baseMs: 50 },
      loops: { spendPerMinute: 100_000_000, action: 'kill' },
      journal: { keepMs: null, maxBytes: 2e9 },
      policy: { sloTtftMs: 300, breaker: { failureShare: 0.25 }, queue: { limit: 0, maxWaitMs: 30_000 } },
    })
  })

  it('loop rules of keys and features: what they leave out is as in the rule for all', async () => {
    const { config, problems } = await check(minimal('', 'loops: { repeats: 4, spend: warn, rules: [{ key: key_1, action: kill, spendAbove: $60/h }, { feature: crawler, spend: throttle, window: 10m }] }\n'))
    expect(problems).toEqual([])
    const base = { action: 'warn', repeats: 4, windowMs: 120_000, spendPerMinute: 83_333_333, spend: 'warn' }
    expect(config?.loops).toEqual({ ...base, rules: [{ ...base, key: 'key_1', feature: null, action: 'kill', spendPerMinute: 1_000_000_000 }, { ...base, key: null, feature: 'crawler', spend: 'throttle', windowMs: 600_000 }] })
  })

  it.each([
    ['{ action: kill }', 'loops.rules[0] names neither a key nor a feature. Give one of the two'],
    ['{ key: a, feature: b }', 'loops.rules[0] names a key and a feature. Give one of the two'],
    ['{ key: a }, { feature: a }, { key: a }', 'loops.rules[2] is for key "a", as loops.rules[0] is. Keep one of them'],
    ['{ key: a, spend: kill }', 'loops.rules[0].spend'],
  ])('the loop rules [%s] are refused', async (rules, what) => expect(await complaints(minimal('', `loops: { rules: [${rules}] }\n`))).toEqual([expect.stringContaining(what)]))

  it('a price given outright, by each rule, and the kind that follows from it', async () => {
    const { config, problems } = await check(
      `pools:\n${poolWith('a', '{ rule: dedicated, perGpuHour: "2.10", granularitySeconds: 1, minimumSeconds: 0 }')}${poolWith('b', '{ rule: serverless, perGpuSecond: "0.0012", granularitySeconds: 1, minimumSeconds: 0, coldStart: { p50: 20, p90: 40, p99: 90 } }')}${poolWith('c', '{ rule: tokens, perMillion: { inputUncached: "1", output: "3" }, perCall: "0" }')}`,
    )
    expect(problems).toEqual([])
    expect(config?.pools.map(({ kind, coldStartSeconds, alwaysWarm, capacity }) => [kind, coldStartSeconds, alwaysWarm, capacity])).toEqual([['dedicated', 0, true, 32], ['serverless', 20, false, 32], ['tokens', 0, true, 1000]])
    expect(config?.pools[0]?.priceVersion).toMatch(/^own@[0-9a-f]{8}$/u)
    expect(config?.pools[2]?.card).toMatchObject({ perMillion: { inputUncached: 1_000_000_000n, cacheRead: null } })
  })

  it('own offers in a catalog beside the file', async () => {
    const folder = scratchFolder()
    writeFileSync(join(folder, 'mine.json'), JSON.stringify({ offers: [{ id: 'my-h100', provider: 'me', gpu: 'h100-80gb', tier: 'on-demand', card: { rule: 'dedicated', perGpuHour: '1.99', granularitySeconds: 1, minimumSeconds: 0 }, source: 'contract', asOf: '2026-10-01' }] }))
    writeFileSync(join(folder, 'spillway.yaml'), minimal('', 'catalog: mine.json\n').replace('runpod-community-h100-80gb', 'my-h100'))
    const { config } = await checkConfig(join(folder, 'spillway.yaml'), { env: {} })
    expect(config?.pools[0]).toMatchObject({ priceVersion: 'my-h100@2026-10-01', card: { perGpuHour: 1_990_000_000n } })
  })

  it('endpoints: a base URL copied with /v1 or a slash, canaries, ids of their own', async () => {
    const { config } = await check(minimal('').replace('[http://10.0.0.5:8000]', '[http://a:8000/v1/, {url: https://b.test/api/v1, canary: 5%, id: canary}, "http://[::1]:9"]'))
    expect(config?.pools[0]?.endpoints).toEqual([
      { id: 'a:8000', url: 'http://a:8000', canaryShare: null },
      { id: 'canary', url: 'https://b.test/api', canaryShare: 0.05 },
      { id: '[::1]:9', url: 'http://[::1]:9', canaryShare: null },
    ])
  })

  it('a preset fills in address, protocol and paths', async () => {
    const { config } = await check(minimal('    preset: azure-openai-deployments\n    parameters: { resource: mine, apiVersion: "2024-10-21" }\n    auth: { type: header, header: API-Key, secret: env:KEY }\n').replace('    endpoints: [http://10.0.0.5:8000]\n', ''), { env: { KEY: 'k' } })
    expect(config?.pools[0]).toMatchObject({ endpoints: [{ url: 'https://mine.openai.azure.com' }], paths: { chat: '/openai/deployments/{model}/chat/completions?api-version=2024-10-21' }, auth: { type: 'header', header: 'api-key', secret: 'k' } })
  })

  it('each way to authenticate', async () => {
    const auths = ['{ type: none }', '{ type: bearer, secret: env:S }', '{ type: aws-sigv4, region: us-east-1, service: bedrock }', '{ type: google-adc }']
    const found = await Promise.all(auths.map(async (auth) => (await check(minimal(`    auth: ${auth}\n`), { env: { S: 's' } })).config?.pools[0]?.auth))
    expect(found).toEqual([{ type: 'none' }, { type: 'bearer', secret: 's' }, { type: 'aws-sigv4', region: 'us-east-1', service: 'bedrock' }, { type: 'google-adc', scopes: ['https://www.googleapis.com/auth/cloud-platform'] }])
  })
})

describe('surroundings', () => {
  it('SPILLWAY_PORT and SPILLWAY_DATA win; the data folder of the file is beside it', async () => {
    const folder = scratchFolder()
    const file = join(folder, 'spillway.yaml')
    writeFileSync(file, minimal('', 'server: { port: 1234, data: state }\n'))
    expect((await loadConfig(file, { env: {} })).server).toMatchObject({ port: 1234, dataDir: join(folder, 'state') })
    expect((await loadConfig(file, { env: { SPILLWAY_PORT: '9999', SPILLWAY_DATA: 'elsewhere' }, workingDirectory: '/srv' })).server).toMatchObject({ port: 9999, dataDir: '/srv/elsewhere' })
    expect((await loadConfig(file, { env: { SPILLWAY_PORT: '', SPILLWAY_DATA: '' } })).server).toMatchObject({ port: 1234 })
    for (const port of ['http', '65536', '-1', '1e3']) await expect(loadConfig(file, { env: { SPILLWAY_PORT: port } })).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: 'SPILLWAY_PORT is no port' })
  })

  it('secrets come from the environment, from files and from the store, never from the file itself', async () => {
    const folder = scratchFolder()
    mkdirSync(join(folder, 'secrets'))
    writeFileSync(join(folder, 'secrets', 'token'), 'from-file\n')
    const file = join(folder, 'spillway.yaml')
    writeFileSync(file, `${minimal('    auth: { type: bearer, secret: "file:secrets/token" }\n')}server:\n  keys:\n    - { id: ci, secret: env:CI_KEY }\n    - { id: ops, secret: store:ops, tenant: platform }\n`)
    const config = await loadConfig(file, { env: { CI_KEY: 'from-env' }, readStored: (name, dataDir) => Promise.resolve(`${name} in ${dataDir}`.replaceAll(/[^a-z]/gu, '')) })
    expect(config.pools[0]?.auth).toEqual({ type: 'bearer', secret: 'from-file' })
    expect(config.server.staticKeys).toEqual([{ id: 'ci', secret: 'from-env', tenant: 'default' }, { id: 'ops', secret: expect.stringMatching(/^opsin.*spillway$/u), tenant: 'platform' }])
  })

  it('the version is that of the text: the same for the same, another for another', async () => {
    const versions = await Promise.all([minimal(), minimal(), `${minimal()}# a comment\n`].map(async (text) => (await check(text)).config?.version))
    expect([versions[0] === versions[1], versions[0] === versions[2]]).toEqual([true, false])
  })

  it.each([
    ['a file that is not there', 'missing.yaml', 'FILE_NOT_FOUND'],
    ['a folder', '.', 'FILE_IS_DIRECTORY'],
    ['what is no UTF-8', 'latin1.yaml', 'CONFIG_INVALID'],
  ])('%s: %s', async (_, name, code) => {
    const folder = scratchFolder()
    writeFileSync(join(folder, 'latin1.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xff]))
    expect((await checkConfig(join(folder, name), { env: {} })).problems).toMatchObject([{ code }])
  })
})

it('ClickHouse by its address; its secret is resolved, the rest has defaults', async () => {
  const file = join(scratchFolder(), 'spillway.yaml')
  writeFileSync(file, minimal('', 'telemetry: { store: clickhouse, url: "http://db:8123/", password: env:P }\n'))
  const { telemetry } = await loadConfig(file, { env: { P: 'secret' } })
  expect(telemetry.clickhouse).toEqual({ url: 'http://db:8123', database: 'spillway', user: 'default', password: 'secret' })
  expect((await check(minimal())).config?.telemetry.clickhouse).toBeNull()
})

it("an identity provider: the client's secret is resolved, the rest has defaults", async () => {
  const file = join(scratchFolder(), 'spillway.yaml')
  writeFileSync(file, minimal('', 'dashboard: { publicUrl: "https://spillway.example.com/", session: 1h, oidc: { issuer: "https://idp.example.com", clientId: spillway, clientSecret: env:S, roleClaim: groups, roles: { ops: engineer } } }\n'))
  expect((await loadConfig(file, { env: { S: 'secret' } })).dashboard).toEqual({
    mode: 'on',
    publicUrl: 'https://spillway.example.com',
    anonymous: 'none',
    sessionMs: 3_600_000,
    idleMs: 7_200_000,
    oidc: { issuer: 'https://idp.example.com', clientId: 'spillway', clientSecret: 'secret', name: 'Single sign-on', roleClaim: 'groups', roles: { ops: 'engineer' }, defaultRole: 'none', tenant: 'default', scopes: ['openid', 'email', 'profile'] },
  })
})

describe('problems', () => {
  it('come all at once in the order of the file, and loadConfig throws the first and says how many', async () => {
    const folder = scratchFolder()
    const file = join(folder, 'spillway.yaml')
    writeFileSync(file, minimal('    capcity: 3\n    health: { every: 5 }\n', 'timeuots: {}\n'))
    expect((await checkConfig(file, { env: {} })).problems.map(({ place }) => [place.file, place.row, place.column])).toEqual([[file, 6, '5'], [file, 7, '22'], [file, 8, '1']])
    await expect(loadConfig(file, { env: {} })).rejects.toMatchObject({ message: 'pools[0].capcity is no setting that Spillway knows (the first of 3 problems)', mend: 'Did you mean capacity?; "spillway doctor" lists them all' })
  })

  it('a leading byte order mark does not shift places or break the file', async () => {
    expect((await check(`\ufeff${minimal()}`)).problems).toEqual([])
  })

  it.each<[string, string, string]>([
    ['nothing at all', '', '1:1 CONFIG_INVALID pools is missing'],
    ['a list', '- a\n', '1:1 CONFIG_INVALID is not what belongs here'],
    ['no pools', 'pools: []\n', '1:1 CONFIG_INVALID pools is not what belongs here'],
    ['a number for a duration', minimal('    coldStart: 30\n'), '6:16 CONFIG_INVALID pools[0].coldStart is not what belongs here. Give the typical time until a cold pool serves, such as 500ms, 30s or 5m'],
    ['a duration without a unit', minimal('    coldStart: "30"\n'), '6:16 CONFIG_INVALID pools[0].coldStart'],
    ['a wrong choice', minimal('    protocol: grpc\n'), '6:15 CONFIG_INVALID pools[0].protocol is not what belongs here. Give one of openai, anthropic, runpod, replicate'],
    ['a key in another style', minimal('    max_in_flight: 3\n'), '6:5 CONFIG_INVALID pools[0].max_in_flight is no setting that Spillway knows. Did you mean maxInFlight?'],
    ['a key of another program', minimal('', 'litellm_settings: {}\n'), '6:1 CONFIG_INVALID litellm_settings is no setting that Spillway knows. Use server, catalog, pools'],
    ['__proto__ as a key', minimal('', '__proto__: { a: 1 }\n'), '6:1 CONFIG_INVALID __proto__ is no setting that Spillway knows'],
    ['a port that is none', minimal('', 'server: { port: 99999 }\n'), '6:17 CONFIG_INVALID server.port'],
    ['auth of an unknown type', minimal('    auth: { type: oauth, secret: env:X }\n'), '6:5 CONFIG_INVALID pools[0].auth is not what belongs here. Give how to authenticate: {type: none, bearer'],
    ['auth without its secret', minimal('    auth: { type: bearer }\n'), '6:5 CONFIG_INVALID pools[0].auth.secret is missing. Give the token as env:NAME, file:/path or store:name'],
    ['an id twice', `${minimal()}${minimal().slice('pools:\n'.length)}`, '6:9 CONFIG_INVALID pools[1].id "floor" is the id of pools[0] too. Rename one'],
    ['an endpoint twice', minimal().replace('[http://10.0.0.5:8000]', '[http://a:1, http://a:1/]'), '4:29 CONFIG_INVALID pools[0].endpoints[1] has the same id as endpoints[0]'],
    ['neither offer nor card', minimal().replace('    offer: runpod-community-h100-80gb\n', ''), '2:5 CONFIG_INVALID pools[0].offer is missing. Give offer'],
    ['both', minimal('    card: { rule: dedicated, perGpuHour: "1", granularitySeconds: 1, minimumSeconds: 0 }\n'), '3:12 CONFIG_INVALID pools[0].offer and card are both there'],
    ['an unknown offer', minimal().replace('community-h100', 'comunity-h100'), '3:12 CATALOG_UNKNOWN_ID pools[0].offer is refused: the catalog has no offer "runpod-comunity-h100-80gb". Did you mean runpod-community-h100-80gb'],
    ['a card that costs nothing', minimal('    card: { rule: dedicated, perGpuHour: "0", granularitySeconds: 1, minimumSeconds: 0 }\n').replace('    offer: runpod-community-h100-80gb\n', ''), '5:5 CONFIG_INVALID pools[0].card is refused: is zero'],
    ['a kind that the price contradicts', minimal('    kind: serverless\n'), '6:11 CONFIG_INVALID pools[0].kind is serverless but its price is by the rule dedicated'],
    ['canaries alone', minimal().replace('[http://10.0.0.5:8000]', '[{url: http://a, canary: 5%}]'), '4:5 CONFIG_INVALID pools[0].endpoints are all canaries'],
    ['a preset without its parameter', minimal('    preset: azure-openai\n'), '2:5 CONFIG_INVALID pools[0].parameters of the preset azure-openai lack resource. Give parameters: {resource: ...}'],
    ['a parameter that the preset has not', minimal('    preset: azure-openai\n    parameters: { resource: a, resurce: b }\n'), '7:32 CONFIG_INVALID pools[0].parameters.resurce is no parameter of the preset azure-openai. Did you mean resource?'],
    ['scrapes that would always be stale', minimal('    metrics: { every: 10s }\n'), '6:23 CONFIG_INVALID pools[0].metrics.every is longer than routing.staleAfter'],
    ['scrapes that load the engine (peer defect 14: 50 ms polling)', minimal('    metrics: { every: 50ms }\n'), '6:23 CONFIG_INVALID pools[0].metrics.every is shorter than 100ms'],
    ['ClickHouse without its address', minimal('', 'telemetry: { store: clickhouse }\n'), '6:21 CONFIG_INVALID telemetry.store is clickhouse, and url is missing'],
    ['ClickHouse at an address with a password', minimal('', 'telemetry: { store: clickhouse, url: "http://a:b@db:8123" }\n'), '6:38 CONFIG_URL_REFUSED telemetry.url holds a user name or a password'],
    ['the address of a database that is none', minimal('', 'telemetry: { url: "http://db:8123" }\n'), '6:19 CONFIG_INVALID telemetry.url is of no use to DuckDB'],
    ['memory of a server elsewhere', minimal('', 'telemetry: { store: clickhouse, url: "http://db:8123", memory: 1GiB }\n'), '6:64 CONFIG_INVALID telemetry.memory is of no use to ClickHouse'],
    ['a database whose name is none', minimal('', 'telemetry: { store: clickhouse, url: "http://db:8123", database: "a; DROP" }\n'), '6:66 CONFIG_INVALID telemetry.database'],
    ['a password that stands in the file', minimal('', 'telemetry: { store: clickhouse, url: "http://db:8123", password: hunter2 }\n'), '6:66 CONFIG_SECRET_LITERAL telemetry.password'],
    ['a dashboard open to a network', minimal('', 'server: { host: 0.0.0.0 }\ndashboard: { anonymous: viewer }\n'), '7:25 DASHBOARD_EXPOSED dashboard.anonymous lets everybody in who reaches 0.0.0.0. Set it to none'],
    ['an address of the dashboard with a path', minimal('', 'dashboard: { publicUrl: "https://a/b" }\n'), '6:25 CONFIG_INVALID dashboard.publicUrl is not the address of a site'],
    ['sessions that last a year', minimal('', 'dashboard: { session: 365d }\n'), '6:23 CONFIG_INVALID dashboard.session is shorter than 1m or longer than 31d'],
    ['an identity provider that nobody comes back from', minimal('', 'dashboard: { oidc: { issuer: "https://idp", clientId: a, defaultRole: viewer } }\n'), 'CONFIG_INVALID dashboard.publicUrl is missing'],
    ['an identity provider without TLS', minimal('', 'dashboard: { publicUrl: "https://a", oidc: { issuer: "http://idp", clientId: a, defaultRole: viewer } }\n'), '6:54 CONFIG_INVALID dashboard.oidc.issuer is not https'],
    ['an identity provider that gives nobody a role', minimal('', 'dashboard: { publicUrl: "https://a", oidc: { issuer: "https://idp", clientId: a } }\n'), '6:38 CONFIG_INVALID dashboard.oidc gives nobody a role'],
    ['groups that no claim names', minimal('', 'dashboard: { publicUrl: "https://a", oidc: { issuer: "https://idp", clientId: a, roles: { x: admin } } }\n'), 'CONFIG_INVALID dashboard.oidc.roles are for groups, and no claim names them'],
    ['a role that there is not', minimal('', 'dashboard: { publicUrl: "https://a", oidc: { issuer: "https://idp", clientId: a, roleClaim: g, roles: { x: king } } }\n'), 'CONFIG_INVALID dashboard.oidc.roles.x is not what belongs here. Give one of owner, admin'],
    ['scopes without openid', minimal('', 'dashboard: { publicUrl: "https://a", oidc: { issuer: "https://idp", clientId: a, defaultRole: viewer, scopes: [email] } }\n'), 'CONFIG_INVALID dashboard.oidc.scopes lack openid'],
    ["a client's secret that stands in the file", minimal('', 'dashboard: { publicUrl: "https://a", oidc: { issuer: "https://idp", clientId: a, clientSecret: hunter2, defaultRole: viewer } }\n'), 'CONFIG_SECRET_LITERAL dashboard.oidc.clientSecret'],
    ['a journal that is gone at once', minimal('', 'journal: { keep: 5m }\n'), '6:18 CONFIG_INVALID journal.keep is shorter than 1h'],
    ['a journal smaller than its files', minimal('', 'journal: { maxSize: 100MB }\n'), '6:21 CONFIG_INVALID journal.maxSize is smaller than 256MB'],
    ['saturation without hysteresis', minimal('', 'routing: { saturation: { release: 1 } }\n'), '6:35 CONFIG_INVALID routing.saturation.release is 1, not below enter (1)'],
    ['weights that weigh nothing', minimal('', 'routing: { weights: { prefix: 0, queue: 0, kv: 0 } }\n'), '6:12 CONFIG_INVALID routing.weights are all zero'],
    ['a breaker that opens longer than it may', minimal('', 'routing: { breaker: { open: 5m } }\n'), '6:29 CONFIG_INVALID routing.breaker.open is longer than maxOpen'],
    ['a number that the policy would throw at', minimal('', 'routing: { breaker: { window: 0s } }\n'), '6:1 POLICY_INVALID routing is refused: windowMs is 0. Give a number above 0'],
    ['a URL too long to name an endpoint', minimal().replace('10.0.0.5:8000', `10.0.0.5:8000/${'x'.repeat(128)}`), '4:17 CONFIG_INVALID pools[0].endpoints[0] has a URL too long to be its id. Give it one'],
    ['prewarming of an unknown pool', minimal('', 'prewarm: [{ pool: flor, cron: "0 9 * * *" }]\n'), '6:19 CONFIG_INVALID prewarm[0].pool names the unknown pool "flor". Did you mean floor?'],
    ['prewarming of what is always warm', minimal('', 'prewarm: [{ pool: floor, cron: learned }]\n'), '6:19 CONFIG_INVALID prewarm[0].pool "floor" is dedicated: there is nothing to warm'],
  ])('%s', async (_, text, start) => {
    expect((await complaints(text))[0]).toContain(start)
  })

  it.each([['0 9 * *'], ['0 9 * * * *'], ['99 9 * * *'], ['0 9 30 2 *'], ['@hourly-ish'], ['nine o clock sharp ok']])('the cron expression "%s" is refused', async (cron) => {
    const text = minimal('', `prewarm: [{ pool: spill, cron: "${cron}" }]\n`).replaceAll('floor', 'spill').replace('runpod-community', 'runpod-serverless')
    expect(await complaints(text)).toEqual([expect.stringContaining('prewarm[0].cron is no cron expression of five fields that ever comes true')])
  })

  it('witnesses: their keys and addresses; all of them must sign unless it is said how many', async () => {
    const [one, two] = [1, 2].map((seed) => parseSigningKey(newSigningKey(`w${seed}.example/w`, Buffer.alloc(32, seed), true), { now: () => 0n }).verifier.text)
    expect((await check(audited(`witnesses: [${witness(one!)}, ${witness(two!)}]`))).config?.audit).toMatchObject({ witnesses: [{ key: one, url: 'https://w.example/v1' }, { key: two }], quorum: 2 })
    expect((await check(audited(`witnesses: [${witness(one!)}, ${witness(two!)}], quorum: 1`))).config?.audit.quorum).toBe(1)
    const log = signerOf('log.example').verifier.text
    expect((await check(audited('models: { "medical-*": strict, playground: off }, systems: [{ id: triage, keys: [key_1], models: ["m*"] }]'))).config?.audit).toMatchObject({
      models: [{ models: 'medical-*', mode: 'strict' }, { models: 'playground', mode: 'off' }],
      systems: [{ id: 'triage', keys: ['key_1'], features: null, models: ['m*'] }],
    })
    const kept = 'bodies: { keep: true, for: 30d, redact: [key], patterns: { customer: "C-[0-9]{8}" }, hook: /etc/redact.mjs }'
    expect((await check(audited(kept))).config?.audit.bodies).toEqual({ maxBytes: 256_000, redact: ['key'], patterns: { customer: 'C-[0-9]{8}' }, hook: '/etc/redact.mjs', keepMs: 30 * 86_400_000 })
    expect(await complaints(audited('bodies: { keep: true, patterns: { "a b": "x", ok: "(" } }'))).toEqual([expect.stringContaining('has no name that could stand in a text'), expect.stringContaining('is no regular expression')])
    expect(await complaints(`${minimal()}audit: { models: { m: off }, bodies: { keep: true } }\n`)).toEqual([expect.stringContaining('audit.bodies.keep is true, but')])
    expect(await complaints(audited(`witnesses: [${witness(one!)}], quorum: 2`))).toEqual([expect.stringContaining('audit.quorum asks for 2 of 1 witnesses')])
    expect(await complaints(audited(`witnesses: [${witness(one!)}, ${witness(one!)}]`))).toEqual([expect.stringContaining('audit.witnesses[1].key is there twice')])
    expect(await complaints(audited(`witnesses: [${witness(log)}]`))).toEqual([expect.stringContaining('audit.witnesses[0].key is the key of a log')])
    expect(await complaints(audited(`witnesses: [${witness('nonsense')}]`))).toEqual([expect.stringContaining('audit.witnesses[0].key is refused')])
    for (const url of ['ftp://w.example', 'https://user:pass@w.example', 'nowhere', 'https://w.example/?q']) expect(await complaints(audited(`witnesses: [${witness(one!, url)}]`))).toEqual([expect.stringContaining('audit.witnesses[0].url is no http(s) address')])
  })

  it('an unknown time zone, and ways of warming that the pool cannot do', async () => {
    expect(await complaints(prewarming('timeZone: Europe/Berln'))).toEqual([expect.stringContaining('prewarm[0].timeZone "Europe/Berln" is no time zone')])
    expect(await complaints(prewarming('via: runpod-workers-min'))).toEqual([expect.stringContaining("needs RunPod's endpoint id")])
    expect(await complaints(prewarming('via: modal-min-containers'))).toEqual([expect.stringContaining('prewarm[0].control is missing')])
    expect(await complaints(prewarming('via: replicate-min-instances'))).toEqual([expect.stringContaining('needs a deployment on Replicate')])
    expect(await complaints(prewarming('via: modal-min-containers, control: { url: https://me--warm.modal.run }'))).toEqual([])
  })
})

describe('hostile files', () => {
  it.each<[string, string]>([
    ['a bomb of aliases', `a: &a [${'x,'.repeat(50)}]\n${Array.from({ length: 9 }, (_, n) => `${'bcdefghij'[n]}: &${'bcdefghij'[n]} [${`*${'abcdefghi'[n]},`.repeat(9)}]`).join('\n')}\n`],
    ['a hundred thousand brackets', '['.repeat(100_000)],
    ['nesting by indentation', Array.from({ length: 1200 }, (_, n) => `${' '.repeat(n)}a:`).join('\n')],
    ['two megabytes', `# ${'x'.repeat(2 * 1024 * 1024)}`],
    ['several documents', `${minimal()}---\n${minimal()}`],
    ['a key given twice', `${minimal()}pools: []\n`],
    ['a tab for indentation', 'pools:\n\t- id: a\n'],
    ['a custom tag', 'pools: !!js/function "x"\n'],
    ['a list as a key', '? [a, b]\n: 1\n'],
    ['an alias to nothing', 'pools: *nothing\n'],
    ['a cycle', 'pools: &a [*a]\n'],
  ])('%s is an ordinary coded error', async (_, text) => {
    const { config, problems } = await check(text)
    expect(config).toBe(null)
    expect(problems.length).toBeGreaterThan(0)
    for (const { code, message } of problems) expect([code, message.length < 300]).toEqual(['CONFIG_INVALID', true])
  })
})
