import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { mergeCatalogs } from '../../core/catalog/merge.ts'
import { parseCatalogText } from '../../core/catalog/parse.ts'
import type { Catalog } from '../../core/catalog/types.ts'
import { SpillwayError } from '../../core/errors.ts'
import type { GatewayConfig } from '../../route/config-types.ts'
import { shippedCatalog } from '../catalog.ts'
import { checkShape } from './check-shape.ts'
import * as defaults from './defaults.ts'
import { gatewayConfig } from './gateway-config.ts'
import { Problems } from './problems.ts'
import { resolveSecrets } from './secrets.ts'
import { parseYaml } from './yaml-source.ts'

export interface LoadOptions {
  /** SPILLWAY_PORT and SPILLWAY_DATA override the file; `env:NAME` is read from here. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Reads `store:name` from the store of secrets in a data folder; null = there is none. See `storedSecrets`. */
  readonly readStored?: (name: string, dataDir: string) => Promise<string | null>
  /** What `offer:` refers to; the shipped catalog by default. */
  readonly catalog?: Catalog
  /** Where a relative SPILLWAY_DATA starts from. Default: the working directory. */
  readonly workingDirectory?: string
}

export type ConfigCheck = { readonly config: GatewayConfig; readonly problems: readonly [] } | { readonly config: null; readonly problems: readonly SpillwayError[] }

/** Reads and checks a file and returns every problem at once. Throws nothing but defects. */
export async function checkConfig(file: string, options: LoadOptions): Promise<ConfigCheck> {
  try {
    return await checkConfigText(await textOf(file), file, options)
  } catch (error) {
    if (error instanceof SpillwayError) return { config: null, problems: [error] }
    throw error
  }
}

/**
 * The configuration in `file`, with defaults filled in and secrets resolved. Throws the first problem (CONFIG_INVALID,
 * CONFIG_SECRET_LITERAL, CONFIG_SECRET_MISSING, CONFIG_URL_REFUSED, FILE_NOT_FOUND ...) with line and column.
 */
export async function loadConfig(file: string, options: LoadOptions): Promise<GatewayConfig> {
  const { config, problems } = await checkConfig(file, options)
  if (config !== null) return config
  const first = problems[0]!
  if (problems.length === 1) throw first
  throw new SpillwayError(first.code, `${first.message} (the first of ${problems.length} problems)`, `${first.mend}; "spillway doctor" lists them all`, first.place)
}

/** The same of a text; `file` is where it says that it is. */
export async function checkConfigText(text: string, file: string, options: LoadOptions): Promise<ConfigCheck> {
  const source = parseYaml(text, file)
  const problems = new Problems(source)
  const shaped = checkShape(source.value, problems)
  if (shaped === null) return { config: null, problems: problems.list() }
  const folder = dirname(resolve(file))
  const own = shaped.catalog === undefined ? null : await ownCatalog(resolve(folder, shaped.catalog), problems)
  const base = options.catalog ?? shippedCatalog()
  const dataDir = dataFolder(shaped.server?.data, folder, options)
  const { env, readStored } = options
  const secrets = await resolveSecrets(shaped, { env, folder, ...(readStored === undefined ? {} : { readStored: (name) => readStored(name, dataDir) }) }, problems)
  const config = gatewayConfig(
    shaped,
    {
      catalog: own === null ? base : mergeCatalogs(base, own.catalog),
      secrets,
      sources: [text, own?.text ?? ''],
      dataDir,
      port: portOf(options.env['SPILLWAY_PORT']),
    },
    problems,
  )
  return config === null ? { config: null, problems: problems.list() } : { config, problems: [] }
}

/** From the environment first; what the file says starts from the file's folder. */
function dataFolder(inFile: string | undefined, folder: string, { env, workingDirectory }: LoadOptions): string {
  const fromEnv = env['SPILLWAY_DATA']
  if (fromEnv !== undefined && fromEnv !== '') return resolve(workingDirectory ?? process.cwd(), fromEnv)
  return resolve(folder, inFile ?? defaults.SERVER.data)
}

function portOf(text: string | undefined): number | null {
  if (text === undefined || text === '') return null
  if (/^\d{1,5}$/u.test(text) && Number(text) <= 65_535) return Number(text)
  throw new SpillwayError('CONFIG_INVALID', 'SPILLWAY_PORT is no port', 'Set it to a number from 0 to 65535, or unset it')
}

async function ownCatalog(file: string, problems: Problems): Promise<{ readonly catalog: Catalog; readonly text: string } | null> {
  try {
    const text = await textOf(file)
    return { catalog: parseCatalogText(text, file), text }
  } catch (error) {
    problems.addError(['catalog'], error)
    return null
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT') throw new SpillwayError('FILE_NOT_FOUND', 'there is no such file', 'Check the path, or name it with -c', { file }, { cause: error })
    if (code === 'EISDIR') throw new SpillwayError('FILE_IS_DIRECTORY', 'is a folder', 'Name the file in it', { file }, { cause: error })
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw new SpillwayError('CONFIG_INVALID', 'is not UTF-8 text', 'Save it as UTF-8', { file }, { cause: error })
    throw new SpillwayError('FILE_NOT_READABLE', `cannot be read (${code ?? 'unknown'})`, 'Check its permissions', { file }, { cause: error })
  }
}
