import { describe, expect, it } from 'vitest'
import { check, complaints, minimal } from './testing.ts'

const withUrl = (url: string, rest = ''): string => minimal(rest).replace('http://10.0.0.5:8000', JSON.stringify(url))

describe('URLs of upstreams', () => {
  it.each([
    ['ftp://host.test', 'is neither http nor https'],
    ['file:///etc/passwd', 'is neither http nor https'],
    ['10.0.0.5:8000', 'is no URL'],
    ['host.test', 'is no URL'],
    ['http://', 'is no URL'],
    ['http://host.test:99999', 'is no URL'],
    ['https://user:password@host.test', 'holds a user name or a password'],
    ['https://token@host.test', 'holds a user name or a password'],
    ['https://host.test/?api-version=1', 'has a query or a fragment'],
    ['https://host.test/#x', 'has a query or a fragment'],
  ])('%s %s', async (url, message) => {
    expect(await complaints(withUrl(url))).toEqual([expect.stringMatching(new RegExp(`^4:\\d+ CONFIG_URL_REFUSED pools\\[0\\]\\.endpoints\\[0\\] ${message}`, 'u'))])
  })

  it.each(['http://169.254.169.254', 'http://169.254.169.254:80/latest/meta-data', 'http://[fd00:ec2::254]/', 'http://[::ffff:169.254.169.254]', 'http://2852039166', 'http://0xa9.0xfe.0xa9.0xfe', 'http://metadata.google.internal', 'http://100.100.100.200'])(
    'the metadata services of clouds are refused, however they are written: %s',
    async (url) => {
      expect(await complaints(withUrl(url))).toEqual([expect.stringContaining('is a link-local address')])
      expect((await check(withUrl(url, '    allowLinkLocal: true\n'))).problems).toEqual([])
    },
  )

  it.each(['http://127.0.0.1:8000', 'http://localhost:8000', 'http://10.1.2.3', 'http://[::1]:8000', 'https://api.runpod.ai/v2/abc'])('an own server or a service is fine: %s', async (url) => {
    expect((await check(withUrl(url))).problems).toEqual([])
  })

  it("holds for a provider's control address too, and there without exception", async () => {
    const text = minimal('    allowLinkLocal: true\n', 'prewarm: [{ pool: floor, cron: learned, via: modal-min-containers, control: { url: http://169.254.169.254 } }]\n').replace('runpod-community', 'runpod-serverless')
    expect(await complaints(text)).toEqual([expect.stringContaining('prewarm[0].control.url is a link-local address')])
  })
})
