import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { SpillwayError } from '../../core/errors.ts'
import { dataKeyFile, type DataDir, openDataKeys } from '../../store/control/data-dir.ts'
import { addDataKey, type DataKeys, dropOldDataKeys } from '../../store/control/data-keys.ts'
import { resealAll, sealSecret } from '../../store/control/seal.ts'
import { actBy } from '../audit/act.ts'
import { dataFolder, dataOption, type DataOption, withDataDir } from './data-option.ts'
import type { Io } from './io.ts'

const STANDARD_INPUT = 0
const MOST_BYTES = 64 * 1024

interface Shared extends DataOption {
  readonly json?: boolean
}

interface SetOptions extends Shared {
  readonly env?: string
  readonly file?: string
}

/** `spillway secrets`: providers' keys, encrypted in the control database; a configuration names them as `store:NAME`. */
export function secretsCommand(io: Io): Command {
  const set = shared(new Command('set').description('store a secret, or replace it; without --env or --file it is asked for'))
    .argument('<name>', 'how the configuration refers to it: store:<name>')
    .option('--env <variable>', 'take it from this environment variable')
    .option('--file <path>', 'take it from this file; - reads standard input')
    .addHelpText('after', '\nExamples:\n  $ spillway secrets set together --env TOGETHER_API_KEY\n  $ vault read -field=key secret/runpod | spillway secrets set runpod --file -\n')
    .action(async (name: string, options: SetOptions) => withDataDir(options, io, true, (dir) => runSet(dir, name, options, io)))
  const list = shared(new Command('list').description('names of the stored secrets; their values are never shown'))
    .addHelpText('after', '\nExamples:\n  $ spillway secrets list\n  $ spillway secrets list --json\n')
    .action(async (options: Shared) => withDataDir(options, io, false, (dir) => runList(dir, options, io)))
  const remove = shared(new Command('remove').description('forget a secret'))
    .argument('<name>', 'the secret')
    .addHelpText('after', '\nExamples:\n  $ spillway secrets remove together\n')
    .action(async (name: string, options: Shared) => withDataDir(options, io, false, (dir) => runRemove(dir, name, options, io)))
  const rotate = shared(new Command('rotate').description('encrypt all secrets anew under a new data key'))
    .addHelpText('after', '\nWith SPILLWAY_DATA_KEY set, put the new key before the old one there, separated by a comma,\nthen run this; afterwards the old one can go. Otherwise a new key is written to the key file\n($SPILLWAY_DATA_KEY_FILE, else data.key in the data directory).\n\nExamples:\n  $ spillway secrets rotate\n  $ SPILLWAY_DATA_KEY=NEW,OLD spillway secrets rotate\n')
    .action(async (options: Shared) => withDataDir(options, io, false, (dir) => runRotate(dir, options, io)))
  return [set, list, remove, rotate].reduce((secrets, command) => secrets.addCommand(command), new Command('secrets').description("providers' keys, encrypted at rest"))
}

function shared(command: Command): Command {
  return dataOption(command).option('--json', 'print JSON')
}

async function runSet({ store }: DataDir, name: string, options: SetOptions, io: Io): Promise<void> {
  const value = await valueOf(name, options, io)
  await store.secrets.put(name, sealSecret(dataKeys(options, io), name, value), secretAct(io, name, 'stored'))
  tell(io, options, { name }, `Stored. Refer to it as store:${name}.`)
}

async function valueOf(name: string, { env, file }: SetOptions, io: Io): Promise<string> {
  if (env !== undefined && file !== undefined) throw new SpillwayError('CLI_USAGE', '--env and --file are given', 'Give one of them')
  const text = env !== undefined ? io.env[env] : file !== undefined ? readValue(file) : await io.ask?.(`Secret for ${name}: `)
  const value = text?.trim() ?? ''
  if (value === '') throw new SpillwayError('CLI_NEEDS_ANSWER', 'there is no secret to store', 'Give it with --env VARIABLE or --file PATH, and check that it is not empty')
  return value
}

function readValue(file: string): string {
  try {
    const content = readFileSync(file === '-' ? STANDARD_INPUT : file)
    if (content.length <= MOST_BYTES) return content.toString('utf8')
  } catch (error) {
    throw new SpillwayError('FILE_NOT_READABLE', 'the secret cannot be read', 'Check the path and its permissions', { file }, { cause: error })
  }
  throw new SpillwayError('CLI_USAGE', 'the secret is longer than 64 KiB', 'Name the file that holds the secret alone')
}

async function runList({ store }: DataDir, options: Shared, io: Io): Promise<void> {
  const names = await store.secrets.names()
  tell(io, options, { names }, names.length === 0 ? 'No secrets. Store one with "spillway secrets set NAME".' : names.join('\n'))
}

async function runRemove({ store }: DataDir, name: string, options: Shared, io: Io): Promise<void> {
  if (!(await store.secrets.remove(name, secretAct(io, name, 'removed')))) throw new SpillwayError('SECRET_UNKNOWN', `there is no secret "${name}"`, 'List them with "spillway secrets list"')
  tell(io, options, { name }, 'Removed. Gateways that run go on with it until they reload.')
}

async function runRotate({ store }: DataDir, options: Shared, io: Io): Promise<void> {
  const fromEnvironment = (io.env['SPILLWAY_DATA_KEY'] ?? '') !== ''
  const file = dataKeyFile(dataFolder(options, io), io.env['SPILLWAY_DATA_KEY_FILE'])
  const keys = fromEnvironment ? dataKeys(options, io) : addDataKey(file)
  const resealed = await resealAll(store.secrets, keys)
  await store.acts.add(secretAct(io, '*', 'resealed'))
  // Only now, when nothing needs them any more.
  if (!fromEnvironment) dropOldDataKeys(file)
  tell(io, options, { resealed, dataKey: keys.active.id }, `${resealed} secrets are encrypted under data key ${keys.active.id} now.${fromEnvironment ? ' The other keys can leave SPILLWAY_DATA_KEY.' : ''}`)
}

function secretAct(io: Io, secret: string, action: 'stored' | 'removed' | 'resealed'): object {
  return actBy(io.env, io.now().getTime(), { leaf: 'secret', secret, action })
}

function dataKeys(options: Shared, io: Io): DataKeys {
  return openDataKeys(dataFolder(options, io), { value: io.env['SPILLWAY_DATA_KEY'], file: io.env['SPILLWAY_DATA_KEY_FILE'] })
}

function tell(io: Io, { json }: Shared, data: object, text: string): void {
  io.stdout(json === true ? `${JSON.stringify(data, null, 2)}\n` : `${text}\n`)
}
