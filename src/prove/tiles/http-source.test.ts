import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { httpSource } from './http-source.ts'

async function served(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/log`
}

describe('a log behind a web server', () => {
  it('is read by path; what is not there is null', async () => {
    const source = httpSource(await served((request, response) => response.writeHead(request.url === '/log/tile/0/000' ? 200 : 404).end('abc')))
    expect(await source.read('tile/0/000')).toEqual(Buffer.from('abc'))
    expect(await source.read('tile/0/001')).toBeNull()
  })

  it('is read with a secret where one is given', async () => {
    const base = await served((request, response) => response.writeHead(request.headers.authorization === 'Bearer s3cret' ? 200 : 401).end('abc'))
    expect(await httpSource(base, { secret: 's3cret' }).read('checkpoint')).toEqual(Buffer.from('abc'))
    await expect(httpSource(base).read('checkpoint')).rejects.toMatchObject({ code: 'AUDIT_FETCH_FAILED', message: expect.stringContaining('status 401') })
  })

  it.each([
    ['a redirect', (response: Parameters<RequestListener>[1]) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), /./u],
    ['another status', (response: Parameters<RequestListener>[1]) => response.writeHead(500).end(), /status 500/u],
    ['a tile without end', (response: Parameters<RequestListener>[1]) => response.end(Buffer.alloc(8193)), /longer than 8192 bytes/u],
    ['silence', () => {}, /./u],
  ] as const)('%s is a failure that says where', async (_, answer, reason) => {
    const base = await served((__, response) => answer(response))
    const failure = httpSource(base, { timeoutMs: 200 }).read('tile/0/000')
    await expect(failure).rejects.toMatchObject({ code: 'AUDIT_FETCH_FAILED', message: expect.stringMatching(reason), place: { file: `${base}/tile/0/000` } })
  })
})
