import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from 'node:dns'
import { BlockList, isIP } from 'node:net'

/**
 * Link-local addresses, where clouds keep the metadata services that hand out credentials: 169.254.0.0/16 (AWS, GCP, Azure;
 * RFC 3927), fe80::/10 (RFC 4291), fd00:ec2::/32 (AWS over IPv6) and 100.100.100.200 (Alibaba Cloud). No inference server
 * has such an address, so that a request there is a mistake or an attack (server-side request forgery).
 */
const LINK_LOCAL = new BlockList()
LINK_LOCAL.addSubnet('169.254.0.0', 16, 'ipv4')
LINK_LOCAL.addAddress('100.100.100.200', 'ipv4')
LINK_LOCAL.addSubnet('fe80::', 10, 'ipv6')
LINK_LOCAL.addSubnet('fd00:ec2::', 32, 'ipv6')

/** Names of the same services, which resolve only inside a cloud. */
const METADATA_NAMES: ReadonlySet<string> = new Set(['metadata', 'metadata.google.internal', 'instance-data', 'instance-data.ec2.internal'])

/** Whether a host of a URL (a name, an IPv4 address, an IPv6 address with or without brackets) is link-local. */
export function isLinkLocal(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/gu, '').replace(/\.$/u, '')
  const family = isIP(name)
  // A BlockList sees an IPv4 address through its IPv6-mapped form (::ffff:169.254.169.254).
  return family === 0 ? METADATA_NAMES.has(name) : LINK_LOCAL.check(name, family === 4 ? 'ipv4' : 'ipv6')
}

type Answer = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void
export type Lookup = (host: string, options: LookupOptions, callback: Answer) => void

/**
 * A `lookup` for sockets (undici: `connect: { lookup }`) that fails with ELINKLOCAL where a name resolves to a link-local
 * address: a check of the URL alone would miss a name whose address is changed later. `resolve` is for tests.
 */
export function guardedLookup(resolve: Lookup = dnsLookup as Lookup): Lookup {
  return (host, options, callback) => {
    resolve(host, options, (error, address, family) => {
      const addresses = typeof address === 'string' ? [address] : (address ?? []).map((one) => one.address)
      if (error === null && addresses.some((one) => isLinkLocal(one))) {
        callback(Object.assign(new Error(`${host} resolves to a link-local address`), { code: 'ELINKLOCAL' }), '', 0)
        return
      }
      callback(error, address, family)
    })
  }
}
