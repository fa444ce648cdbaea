import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startUpstream, sendJson, chatAnswer, stopAll } from '../../route/gateway/testing.ts'
import { Browser, PASSWORD } from '../auth/testing.ts'
import { MESSAGES, MODEL, startTestServer, type TestServer } from './testing.ts'
import { serveProcess, writeConfig } from './testing-process.ts'
import { scratchFolder } from './testing-whole.ts'

const OWNER = { email: 'ann@example.com', name: 'Ann', password: PASSWORD }

const costs = async (by: Browser): Promise<number> => (await by.ask('GET', '/api/v1/costs')).status

describe('the dashboard of a whole server', () => {
  let server: TestServer
  let owner: Browser
  beforeAll(async () => {
    server = await startTestServer({}, 'on')
    owner = new Browser(server.base)
    const link = await server.server.setupLink()
    await owner.ask('POST', '/api/setup', { ...OWNER, token: link!.split('#')[1] })
  })
  afterAll(() => server.close())

  it('the link is made as long as there is no owner', async () => {
    expect(await server.server.setupLink()).toBeNull()
    expect((await owner.ask('GET', '/api/session')).body).toMatchObject({ user: { email: 'ann@example.com', role: 'owner' }, setup: false, anonymousRole: 'auditor' })
  })

  it('what was recorded is asked by cookie, the live view too', async () => {
    // Telemetry opens beside the server.
    while ((await costs(owner)) === 503) await new Promise(setImmediate)
    const nobody = new Browser(server.base)
    expect([await costs(owner), await costs(nobody), (await owner.ask('GET', '/api/v1/live')).status, (await nobody.ask('GET', '/api/v1/live')).status]).toEqual([200, 200, 200, 200])
    expect([(await owner.ask('GET', '/api/v1/keys')).status, (await nobody.ask('GET', '/api/v1/keys')).status]).toEqual([200, 401])
  })

  it('a key that is made there calls, and one that is refused there calls no more', async () => {
    const { key, secret } = (await owner.ask('POST', '/api/v1/keys', { name: 'bot' })).body
    const call = async (): Promise<number> => {
      const response = await fetch(`${server.baseURL}/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }, body: JSON.stringify({ model: MODEL, messages: MESSAGES, max_tokens: 2 }) })
      await response.arrayBuffer()
      return response.status
    }
    // Gateways hear of a change within a second.
    while ((await call()) !== 200) await new Promise(setImmediate)
    await owner.ask('DELETE', `/api/v1/keys/${key.id}`)
    while ((await call()) === 200) await new Promise(setImmediate)
    expect((await owner.ask('GET', '/api/v1/keys')).body).toMatchObject({ keys: [{ id: key.id, state: 'disabled' }], configured: ['demo'] })
  })

  it('settings show the pools, and no secret', async () => {
    const { body } = await owner.ask('GET', '/api/v1/settings')
    expect(body.pools.map(({ id }: { readonly id: string }) => id)).toEqual(['floor', 'overflow', 'recorder'])
    expect(body.prices[0]).toMatchObject({ pool: 'floor', what: 'GPU-hour', source: expect.stringMatching(/^https:/u) })
  })
})

it('serve prints the link until an owner is made by it; after a restart the session is still there', async () => {
  const upstream = await startUpstream((res) => sendJson(res, chatAnswer()))
  const folder = scratchFolder()
  writeConfig(folder, upstream.url)
  const first = serveProcess(folder)
  const port = await first.serving
  await first.until(/setup#[\w-]{43}\n/u)
  const [, base, token] = /(http:\/\/\S+)\/setup#([\w-]{43})/u.exec(first.output())!
  expect(base).toBe(`http://127.0.0.1:${port}`)
  const owner = new Browser(base!)
  expect((await owner.ask('POST', '/api/setup', { ...OWNER, token })).status).toBe(200)
  first.signal('SIGTERM')
  expect(await first.ended).toBe(0)
  const second = serveProcess(folder)
  const again = new Browser(`http://127.0.0.1:${await second.serving}`)
  again.cookies = owner.cookies
  expect((await again.ask('GET', '/api/session')).body.user.email).toBe('ann@example.com')
  second.signal('SIGTERM')
  expect(await second.ended).toBe(0)
  expect(second.output()).not.toContain('setup#')
  await stopAll()
})
