import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { UpstreamPools } from './upstream-pools.ts'
import type { SocketNeeds } from './upstream-pools.ts'

const needs: SocketNeeds = { url: 'http://engine.test:8000/v1', connections: 2, connectMs: 1000, allowLinkLocal: false }
const resolvesTo = (address: string): UpstreamPools => new UpstreamPools((_host, _options, callback) => callback(null, [{ address, family: 4 }]))

let close: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(close.map((one) => one()))
  close = []
})

describe('UpstreamPools', () => {
  it('shares sockets between configurations that need the same, and counts who uses them', () => {
    const pools = new UpstreamPools()
    close.push(() => pools.destroy())
    const first = pools.acquire(needs)
    expect(pools.acquire({ ...needs, url: 'http://engine.test:8000/other' })).toBe(first)
    expect(pools.acquire({ ...needs, connections: 3 })).not.toBe(first)
    pools.release(needs)
    expect(first.closed).toBe(false)
    pools.release(needs)
    expect(first.closed).toBe(true)
    expect(pools.acquire(needs)).not.toBe(first)
  })

  it('connects to what a name resolves to', async () => {
    const server = createServer((_req, res) => void res.end('here'))
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    const pools = resolvesTo('127.0.0.1')
    close.push(() => pools.destroy(), () => new Promise((resolve) => void server.close(resolve)))
    const url = `http://engine.test:${(server.address() as AddressInfo).port}`
    for (const answer of [await pools.acquire({ ...needs, url }).request({ method: 'GET', path: '/' }), await pools.elsewhere.request({ method: 'GET', origin: url, path: '/' })]) {
      expect(await answer.body.text()).toBe('here')
    }
  })

  it('does not connect where a name has come to mean a link-local address, neither at its own origin nor elsewhere', async () => {
    const pools = resolvesTo('169.254.169.254')
    close.push(() => pools.destroy())
    await expect(pools.acquire(needs).request({ method: 'GET', path: '/' })).rejects.toMatchObject({ code: 'ELINKLOCAL' })
    await expect(pools.elsewhere.request({ method: 'GET', origin: 'http://engine.test', path: '/' })).rejects.toMatchObject({ code: 'ELINKLOCAL' })
  })
})
