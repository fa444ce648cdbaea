import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { httpClient, type SmallRequest } from './http-send.ts'

const client = httpClient()
const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const get = (url: string, parts: Partial<SmallRequest> = {}): SmallRequest => ({ url, method: 'GET', headers: {}, body: null, timeoutMs: 5000, maxBytes: 1000, ...parts })

describe('httpClient', () => {
  it('gives status, date and body', async () => {
    const url = await serve((_, response) => response.writeHead(201, { date: 'Wed, 25 Nov 2026 08:00:00 GMT' }).end('hello'))
    expect(await client.send(get(url))).toEqual({ status: 201, date: 'Wed, 25 Nov 2026 08:00:00 GMT', body: 'hello' })
  })

  it('does not follow redirects: they lead where nobody has looked', async () => {
    let asked = 0
    const url = await serve((request, response) => {
      asked++
      response.writeHead(302, { location: `http://${request.headers.host ?? ''}/other` }).end()
    })
    expect((await client.send(get(url))).status).toBe(302)
    expect(asked).toBe(1)
  })

  it('refuses an answer that does not end', async () => {
    const url = await serve((_, response) => {
      response.on('close', () => clearInterval(timer))
      const timer = setInterval(() => response.write('x'.repeat(500)), 1)
    })
    await expect(client.send(get(url))).rejects.toThrowError('an answer of more than 1000 bytes')
  })

  it('gives up on one that never comes, and on one that stops half-way', async () => {
    const never = await serve(() => {})
    await expect(client.send(get(never, { timeoutMs: 50 }))).rejects.toThrowError('no answer within 50 ms')
    const half = await serve((_, response) => void response.writeHead(200, { 'content-length': '10' }).write('half'))
    await expect(client.send(get(half, { timeoutMs: 50 }))).rejects.toThrowError('no answer within 50 ms')
  })

  it('says in words what is wrong, without URLs, headers or bodies', async () => {
    const url = await serve((request) => request.socket.destroy())
    const secret = { headers: { authorization: 'Bearer canary-secret' } }
    const errors = await Promise.all(
      [get(url, secret), get('http://127.0.0.1:1/path?canary', secret), get('http://no-such-host.invalid', secret), get('http://169.254.169.254/latest/meta-data', secret)].map((request) => client.send(request).then(() => 'no error', (error: Error) => error.message)),
    )
    expect(errors).toEqual(['the connection broke', 'connection refused', expect.stringMatching(/^the name/u), 'a link-local address'])
    expect(errors.join(' ')).not.toMatch(/canary|127\.0\.0\.1/u)
  })
})
