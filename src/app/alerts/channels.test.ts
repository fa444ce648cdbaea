import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Condition } from '../../measure/alert/condition.ts'
import { httpClient } from '../../route/pools/http-send.ts'
import { emailChannel } from './email.ts'
import { aNotice, AT } from './testing.ts'
import { webhookChannel } from './webhook.ts'

const HOSTILE = 'Pool <!channel> & "floor"\r\nBcc: all@example.com\n.\n'
const hostile: Partial<Condition> = { id: `pool-unhealthy:${HOSTILE}`, text: HOSTILE }

interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A server that keeps what it gets and answers with `status`. */
async function receiver(status = 200): Promise<{ readonly url: string; readonly got: Received[] }> {
  const got: Received[] = []
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      got.push({ headers: req.headers, body: Buffer.concat(chunks).toString() })
      res.writeHead(status, { location: 'http://127.0.0.1:1/' }).end('the body of an answer')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/T0?secret=x`, got }
}

function http(): ReturnType<typeof httpClient>['send'] {
  const client = httpClient()
  onTestFinished(() => client.close())
  return client.send
}

const { signal } = new AbortController()

describe('a webhook', () => {
  it('gets the alert as JSON, signed so that nobody else can have sent it', async () => {
    const { url, got } = await receiver(204)
    await webhookChannel({ type: 'webhook', url, secret: 'whsec' }, http()).send(aNotice({}, { nanoUsd: 1_500_000_000n }), signal)
    const { headers, body } = got[0]!
    expect(JSON.parse(body)).toEqual({
      version: 1,
      event: 'opened',
      at: '2026-11-20T12:00:00.000Z',
      alert: { id: 'pool-unhealthy:floor', kind: 'pool-unhealthy', tenant: null, severity: 'warning', text: 'Pool floor has 1 of 2 endpoints out of service: a (down).', mend: 'Look at the engine.', usd: 1.5, since: '2026-11-20T11:59:00.000Z' },
      summary: 'Alert: Pool floor has 1 of 2 endpoints out of service: a (down).',
    })
    const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/u.exec(String(headers['x-spillway-signature']))!
    expect([Number(t), v1]).toEqual([AT / 1000, createHmac('sha256', 'whsec').update(`${t}.${body}`).digest('hex')])
  })

  it('without a secret is not signed', async () => {
    const { url, got } = await receiver()
    await webhookChannel({ type: 'webhook', url, secret: null }, http()).send(aNotice(), signal)
    expect(got[0]!.headers['x-spillway-signature']).toBeUndefined()
  })

  it.each([[301], [400], [404], [429], [500], [503]])('that answers %i has not taken it', async (status) => {
    const { url, got } = await receiver(status)
    await expect(webhookChannel({ type: 'webhook', url, secret: null }, http()).send(aNotice(), signal)).rejects.toThrow(`status ${status}`)
    expect(got).toHaveLength(1)
  })

  it('that is not there is told without its address, which is a secret', async () => {
    const channel = webhookChannel({ type: 'slack', url: 'http://127.0.0.1:1/services/T000/B000/XXXX', secret: null }, http())
    await expect(channel.send(aNotice(), signal)).rejects.toThrow(/^connection refused$/u)
    expect(channel.name).toBe('slack at 127.0.0.1:1')
  })

  it('in Slack calls nobody, whatever a name holds', async () => {
    const { url, got } = await receiver()
    await webhookChannel({ type: 'slack', url, secret: null }, http()).send(aNotice({}, hostile), signal)
    const body = JSON.parse(got[0]!.body) as { readonly text: string; readonly blocks: readonly { readonly text: { readonly text: string } }[] }
    for (const text of [body.text, body.blocks[0]!.text.text]) {
      expect(text).toContain('Pool &lt;!channel&gt; &amp; "floor"')
      expect(text).not.toMatch(/[<>]/u)
    }
  })
})

const to = (port: number, login: { readonly user: string; readonly password: string } | null = null): ReturnType<typeof emailChannel> => {
  const channel = emailChannel({ type: 'email', host: '127.0.0.1', port, security: 'none', user: login?.user ?? null, password: login?.password ?? null, from: 'spillway@example.com', to: ['ops@example.com', 'cfo@example.com'] })
  onTestFinished(() => channel.close())
  return channel
}

describe('an e-mail', () => {
  interface Mail {
    readonly from: string
    readonly to: readonly string[]
    readonly text: string
  }

  async function mailServer(refuse = false): Promise<{ readonly port: number; readonly got: Mail[]; readonly logins: string[] }> {
    const got: Mail[] = []
    const logins: string[] = []
    const server = new SMTPServer({
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS'],
      authOptional: true,
      onAuth: ({ username, password }, _, done) => {
        logins.push(`${username}:${password}`)
        if (password === 'right') done(null, { user: username })
        else done(new Error(`no such login ${password}`))
      },
      onData: (stream, { envelope }, done) => {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => {
          got.push({ from: envelope.mailFrom === false ? '' : envelope.mailFrom.address, to: envelope.rcptTo.map(({ address }) => address), text: Buffer.concat(chunks).toString() })
          done(refuse ? Object.assign(new Error('full'), { responseCode: 452 }) : null)
        })
      },
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
    return { port: (server.server.address() as AddressInfo).port, got, logins }
  }

  it('reaches everybody, with the headline as its subject', async () => {
    const { port, got, logins } = await mailServer()
    await to(port, { user: 'spillway', password: 'right' }).send(aNotice({ type: 'resolved' }), signal)
    expect([logins, got.map(({ from, to: rcpt }) => [from, rcpt])]).toEqual([['spillway:right'], [['spillway@example.com', ['ops@example.com', 'cfo@example.com']]]])
    const unfolded = got[0]!.text.replace(/\r\n[ \t]+/gu, ' ')
    expect(unfolded).toContain('Subject: Over: Pool floor has 1 of 2 endpoints out of service: a (down).')
    expect(unfolded).toContain('Since 2026-11-20 11:59 UTC, over at 2026-11-20 12:00 UTC.')
  })

  it('has no header and no end but its own, whatever a name holds', async () => {
    const { port, got } = await mailServer()
    await to(port).send(aNotice({}, hostile), signal)
    const [head = '', body] = got[0]!.text.split('\r\n\r\n')
    expect(head.split('\r\n').filter((line) => /^bcc:/iu.test(line))).toEqual([])
    expect(got[0]!.to).toEqual(['ops@example.com', 'cfo@example.com'])
    expect(body).toContain('Look at the engine.')
  })

  it('that is refused says by which code, and never the password', async () => {
    const full = await mailServer(true)
    await expect(to(full.port).send(aNotice(), signal)).rejects.toThrow(/^SMTP failed \(452\)$/u)
    const strict = await mailServer()
    const error = await to(strict.port, { user: 'spillway', password: 'canary-wrong' }).send(aNotice(), signal).catch((thrown: unknown) => thrown)
    expect((error as Error).message).toBe('SMTP failed (535)')
    await expect(to(1).send(aNotice(), signal)).rejects.toThrow(/^SMTP failed \(\w+\)$/u)
  })

  it('is not sent in the clear where TLS is asked for', async () => {
    const { port, got } = await mailServer()
    const channel = emailChannel({ type: 'email', host: '127.0.0.1', port, security: 'starttls', user: null, password: null, from: 'a@example.com', to: ['b@example.com'] })
    await expect(channel.send(aNotice(), signal)).rejects.toThrow(/^SMTP failed/u)
    channel.close()
    expect(got).toEqual([])
  })
})
