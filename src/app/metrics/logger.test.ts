import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GatewayConfig } from '../../route/config-types.ts'
import { configSecrets, createLogger } from './logger.ts'
import { redactValue } from './redact.ts'

const SECRET = 'canary "quoted" \\ secret'

function logged(work: (log: ReturnType<typeof createLogger>) => void, secrets: readonly string[] = [SECRET]): string {
  let text = ''
  work(createLogger({ level: 'trace', destination: { write: (line: string) => void (text += line) }, secrets: () => secrets }))
  return text
}

describe('createLogger', () => {
  it('writes a JSON line with level, time, fields and text', () => {
    const line = JSON.parse(logged((log) => log.warn({ pool: 'floor', ms: 12 }, 'slow %s', 'pool'))) as Record<string, unknown>
    expect(line).toEqual({ level: 'warn', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/u), pool: 'floor', ms: 12, msg: 'slow pool' })
  })

  it('canary: a known secret appears nowhere, whatever way it goes', () => {
    const ways: ((log: ReturnType<typeof createLogger>) => void)[] = [
      (log) => log.info(SECRET),
      (log) => log.info('with %s and %j', SECRET, { a: SECRET }),
      (log) => log.info({ harmless: SECRET }, 'x'),
      (log) => log.info({ deep: { deeper: [{ deepest: `prefix ${SECRET} suffix` }] } }),
      (log) => log.info({ [SECRET]: 1 }),
      (log) => log.info({ map: new Map([['k', SECRET]]), set: new Set([SECRET]) }),
      (log) => log.error(new Error(`failed with ${SECRET}`)),
      (log) => log.error({ err: new Error('outer', { cause: new Error(SECRET) }) }, 'failed'),
      (log) => log.error({ error: Object.assign(new Error('x'), { request: { headers: { authorization: SECRET } } }) }),
      (log) => log.child({ harmless: SECRET }).info('x'),
      (log) => log.child({}).child({ token: SECRET }).info(SECRET),
      (log) => log.info({ url: `https://host.test/?key=${SECRET}` }),
      (log) => log.info({ bytes: Buffer.from(SECRET) }),
      (log) => log.info({ toJSON: () => SECRET }),
      (log) => log.fatal({ a: [SECRET, SECRET] }),
    ]
    for (const way of ways) {
      const text = logged(way)
      expect(text).not.toBe('')
      expect(text).not.toMatch(/canary/u)
    }
  })

  it('canary: neither bodies nor credentials are printed by any of their names, known or not', () => {
    const CANARY = 'canary-7d1'
    for (const name of ['body', 'rawBody', 'messages', 'prompt', 'content', 'input', 'output', 'choices', 'tool_calls', 'arguments', 'system', 'authorization', 'Authorization', 'x-api-key', 'apiKey', 'api_key', 'cookie', 'set-cookie', 'secret', 'clientSecret', 'password', 'token', 'accessToken', 'refresh_token', 'awsSecretAccessKey', 'privateKey', 'pepper', 'credentials']) {
      expect(logged((log) => log.info({ [name]: CANARY, nested: { [name]: { text: CANARY } }, list: [{ [name]: [CANARY] }] }, 'x'), [])).not.toContain(CANARY)
    }
  })

  it('canary: what looks like a credential is not printed, though nobody knows it', () => {
    const keys = ['sw_abcdefghijklmnop1234', 'sk-ant-api03-abcdefgh', 'sk-proj-abcdefghijk', 'rpa_ABCDEFGHIJKL', 'r8_abcdefghijkl', 'hf_abcdefghijklm', 'AKIAIOSFODNN7EXAMPLE', 'Bearer abc.def-ghi_jkl', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln']
    for (const key of keys) expect(logged((log) => log.info({ note: `got ${key}` }, `and ${key}`), [])).not.toContain(key)
  })

  it('canary: a parse error does not quote the body that it is about', () => {
    const error = ((): unknown => {
      try {
        return JSON.parse('{"prompt": canary-9a}')
      } catch (thrown) {
        return thrown
      }
    })()
    expect(logged((log) => log.error({ err: error }, 'refused'))).not.toMatch(/canary/u)
  })

  it('secrets are asked for at each line, so that a reload counts', () => {
    const secrets = ['first-secret']
    let text = ''
    const log = createLogger({ destination: { write: (line: string) => void (text += line) }, secrets: () => secrets })
    secrets.push('second-secret')
    log.info('first-secret second-secret')
    expect(text).not.toMatch(/first-secret|second-secret/u)
  })

  it('keeps what tells: counts named like bodies, codes, the stack', () => {
    const text = logged((log) => log.error({ output: 12, tokens: 3, err: Object.assign(new Error('connect failed'), { code: 'ECONNREFUSED' }) }, 'x'))
    expect(JSON.parse(text)).toMatchObject({ output: 12, tokens: 3, err: { type: 'Error', code: 'ECONNREFUSED', message: 'connect failed', stack: expect.stringContaining('at ') } })
  })

  it('a line stays bounded and whole, whatever it is given', () => {
    const cycle: Record<string, unknown> = { big: 1n, nothing: undefined, huge: 'x'.repeat(1e6), many: Array.from({ length: 1e5 }, (_, n) => n) }
    cycle['self'] = cycle
    const text = logged((log) => log.info(cycle, 'x\ny'))
    expect(text.trim().split('\n')).toHaveLength(1)
    expect(text.length).toBeLessThan(20_000)
    expect(() => JSON.parse(text) as unknown).not.toThrow()
  })

  it('property: no structure hides a secret', () => {
    const secret = 'needle-in-a-haystack'
    const structure = fc.letrec((tie) => ({
      any: fc.oneof({ depthSize: 'medium' }, fc.constant(secret), fc.constant(`x${secret}y`), fc.integer(), fc.string(), fc.dictionary(fc.oneof(fc.string(), fc.constant(secret)), tie('any')), fc.array(tie('any')))
    })).any
    fc.assert(fc.property(structure, (value) => void expect(JSON.stringify(redactValue(value, [secret])) ?? '').not.toContain(secret)))
  })
})

describe('configSecrets', () => {
  it('finds every secret of a configuration', () => {
    const config = {
      server: { staticKeys: [{ id: 'a', secret: 'one', tenant: 't' }] },
      pools: [{ auth: { type: 'bearer', secret: 'two' } }, { auth: { type: 'none' } }, { auth: { type: 'header', header: 'h', secret: 'two' } }],
      prewarm: [{ control: { url: 'u', auth: { type: 'bearer', secret: 'three' } } }, {}],
      alerts: { to: [{ type: 'slack', url: 'four', secret: null }, { type: 'webhook', url: 'five', secret: 'six' }, { type: 'email', password: 'seven' }, { type: 'email', password: null }] },
      telemetry: { clickhouse: { password: 'eight' } },
      dashboard: { oidc: { clientSecret: 'nine' } },
    } as unknown as GatewayConfig
    expect(configSecrets(config)).toEqual(['eight', 'nine', 'four', 'five', 'six', 'seven', 'one', 'two', 'three'])
  })
})
