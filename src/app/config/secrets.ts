import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { ConfigFile } from './schema.ts'
import type { Problems } from './problems.ts'
import type { Path } from './yaml-source.ts'

export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Folder that relative paths of `file:` start from. */
  readonly folder: string
  /** Reads `store:name`; null = there is none. Absent where no store is open yet. */
  readonly readStored?: (name: string) => Promise<string | null>
}

interface Reference {
  readonly text: string
  readonly path: Path
}

const MAX_BYTES = 64 * 1024

/** Every reference to a secret in a file that has the right shape. */
export function secretReferences(config: ConfigFile): Reference[] {
  const found: Reference[] = []
  for (const [index, key] of (config.server?.keys ?? []).entries()) found.push({ text: key.secret, path: ['server', 'keys', index, 'secret'] })
  if (config.telemetry?.password !== undefined) found.push({ text: config.telemetry.password, path: ['telemetry', 'password'] })
  if (config.dashboard?.oidc?.clientSecret !== undefined) found.push({ text: config.dashboard.oidc.clientSecret, path: ['dashboard', 'oidc', 'clientSecret'] })
  for (const [index, { auth }] of config.pools.entries()) {
    if (auth !== undefined && 'secret' in auth) found.push({ text: auth.secret, path: ['pools', index, 'auth', 'secret'] })
  }
  for (const [index, channel] of (config.alerts?.to ?? []).entries()) {
    for (const name of ['url', 'secret', 'password'] as const) {
      const text = (channel as Readonly<Record<string, unknown>>)[name]
      if (typeof text === 'string') found.push({ text, path: ['alerts', 'to', index, name] })
    }
  }
  for (const [index, { control }] of (config.prewarm ?? []).entries()) {
    if (control?.auth !== undefined && 'secret' in control.auth) found.push({ text: control.auth.secret, path: ['prewarm', index, 'control', 'auth', 'secret'] })
  }
  return found
}

/** Values by reference. One that cannot be had is a problem at its place (CONFIG_SECRET_MISSING); no value is ever in a message. */
export async function resolveSecrets(config: ConfigFile, sources: SecretSources, problems: Problems): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>()
  for (const { text, path } of secretReferences(config)) {
    if (values.has(text)) continue
    try {
      const value = await valueOf(text, sources)
      if (typeof value === 'string') values.set(text, value)
      else problems.add(path, `refers to ${text}, ${value.message}`, value.mend, 'CONFIG_SECRET_MISSING')
    } catch (error) {
      // The store: tampered with, or the key to it is another one.
      problems.addError(path, error)
    }
  }
  return values
}

interface Missing {
  readonly message: string
  readonly mend: string
}

async function valueOf(reference: string, sources: SecretSources): Promise<string | Missing> {
  const colon = reference.indexOf(':')
  const name = reference.slice(colon + 1)
  const value = await read(reference.slice(0, colon), name, sources)
  if (typeof value !== 'string') return value
  const trimmed = value.trim()
  if (trimmed === '') return { message: 'which is empty', mend: 'Put the secret there' }
  // It ends up in a header, where a line break would start another one.
  if (/[^\u0021-\u007e]/u.test(trimmed)) return { message: 'which holds spaces, line breaks or characters beyond ASCII inside', mend: 'Put the bare secret there' }
  return trimmed
}

async function read(scheme: string, name: string, { env, folder, readStored }: SecretSources): Promise<string | Missing> {
  if (scheme === 'env') return env[name] ?? { message: 'which is not set', mend: `Set ${name} in the environment of Spillway` }
  if (scheme === 'file') return readSecretFile(resolve(folder, name))
  if (readStored === undefined) return { message: 'but no store of secrets is open', mend: 'Use env:NAME or file:/path here' }
  return (await readStored(name)) ?? { message: 'which the store does not hold', mend: 'Put it into the store' }
}

async function readSecretFile(file: string): Promise<string | Missing> {
  try {
    const { size } = await stat(file)
    if (size > MAX_BYTES) return { message: 'which is longer than 64 KiB', mend: 'Name the file that holds the secret alone' }
    return await readFile(file, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    return { message: `which cannot be read (${code})`, mend: 'Check the path and its permissions' }
  }
}
