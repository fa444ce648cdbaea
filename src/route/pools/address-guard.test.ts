import { describe, expect, it } from 'vitest'
import { guardedLookup, isLinkLocal, type Lookup } from './address-guard.ts'

describe('isLinkLocal', () => {
  it.each([
    '169.254.169.254',
    '169.254.0.1',
    '100.100.100.200',
    '[fd00:ec2::254]',
    'fd00:ec2::254',
    'fe80::1',
    '[::ffff:169.254.169.254]',
    '::ffff:a9fe:a9fe',
    'metadata.google.internal',
    'METADATA.google.internal.',
  ])('%s', (host) => {
    expect(isLinkLocal(host)).toBe(true)
  })

  it.each(['10.0.0.5', '127.0.0.1', 'localhost', '[::1]', '169.253.255.255', '169.255.0.0', 'fd00::1', 'fd00:ec3::1', 'api.runpod.ai', 'metadata.example.com', ''])('not %s', (host) => {
    expect(isLinkLocal(host)).toBe(false)
  })

  it('knows other spellings of the same address, as URL makes them plain', () => {
    for (const text of ['http://2852039166/', 'http://0xa9fea9fe/', 'http://169.254.43518/', 'http://0251.0376.0251.0376/']) expect(isLinkLocal(new URL(text).hostname)).toBe(true)
  })
})

const resolving = (addresses: Parameters<Parameters<Lookup>[2]>[1]): Lookup => (_, __, callback) => callback(null, addresses, 4)

const resolved = (lookup: Lookup): Promise<unknown> => new Promise((resolve) => lookup('name.test', {}, (error, address) => resolve(error?.code ?? address)))

describe('guardedLookup', () => {
  it('lets ordinary addresses through, one or many', async () => {
    expect(await resolved(guardedLookup(resolving('10.0.0.5')))).toBe('10.0.0.5')
    expect(await resolved(guardedLookup(resolving([{ address: '10.0.0.5', family: 4 }])))).toEqual([{ address: '10.0.0.5', family: 4 }])
  })

  it('fails where a name leads to a metadata service, also as one of several addresses (DNS rebinding)', async () => {
    expect(await resolved(guardedLookup(resolving('169.254.169.254')))).toBe('ELINKLOCAL')
    expect(await resolved(guardedLookup(resolving([{ address: '10.0.0.5', family: 4 }, { address: 'fe80::1', family: 6 }])))).toBe('ELINKLOCAL')
  })

  it('passes on the errors of the resolver', async () => {
    expect(await resolved(guardedLookup((_, __, callback) => callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), '', 4)))).toBe('ENOTFOUND')
  })
})
