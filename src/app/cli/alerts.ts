import { Command, Option } from 'commander'
import { oneLine, SpillwayError } from '../../core/errors.ts'
import type { Notice } from '../../measure/alert/alert-book.ts'
import { CONDITION_KINDS, type ConditionKind } from '../../measure/alert/condition.ts'
import { httpClient } from '../../route/pools/http-send.ts'
import { AlertFiles } from '../alerts/alert-files.ts'
import { channelOf } from '../alerts/server-alerts.ts'
import { loadConfig } from '../config/load-config.ts'
import { storedSecrets } from '../config/stored-secrets.ts'
import { milliseconds } from '../config/units.ts'
import { dataFolder, dataOption, type DataOption } from './data-option.ts'
import type { Io } from './io.ts'
import { renderTable } from './table.ts'

interface Shared extends DataOption {
  readonly json?: boolean
}

interface SilenceOptions extends Shared {
  readonly for: string
  readonly kind?: ConditionKind
  readonly reason: string
}

/** `spillway alerts`: what is wrong now, whom it was told, and for how long nobody wants to hear of it. */
export function alertsCommand(io: Io): Command {
  const list = dataOption(new Command('list').description('open alerts, and the silences that last'))
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  $ spillway alerts list\n  $ spillway alerts list --data /var/lib/spillway --json\n')
    .action((options: Shared) => runList(options, io))
  const silence = dataOption(new Command('silence').description('send nothing of some alerts for a while; they stay in the list'))
    .argument('[id]', 'alerts whose id begins with this (default: all)', '')
    .requiredOption('--for <time>', 'how long, such as 30m, 4h or 2d')
    .addOption(new Option('--kind <kind>', 'only of this kind').choices(CONDITION_KINDS))
    .option('--reason <text>', 'for those who read the list', '')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  $ spillway alerts silence pool-unhealthy:floor --for 2h --reason "new engine version"\n  $ spillway alerts silence --kind spend-anomaly --for 1d\n')
    .action((id: string, options: SilenceOptions) => runSilence(id, options, io))
  const unsilence = dataOption(new Command('unsilence').description('end a silence now'))
    .argument('<silence>', 'its id, as in the list')
    .addHelpText('after', '\nExamples:\n  $ spillway alerts unsilence 3fa94c01\n')
    .action((id: string, options: Shared) => runUnsilence(id, options, io))
  const test = new Command('test')
    .description('send a test message to every channel and say which took it; exit status 3 where one did not')
    .option('-c, --config <file>', 'configuration', 'spillway.yaml')
    .addHelpText('after', '\nExamples:\n  $ spillway alerts test -c spillway.yaml\n')
    .action((options: { readonly config: string }) => runTest(options.config, io))
  return [list, silence, unsilence, test].reduce((all, command) => all.addCommand(command), new Command('alerts').description('what the server tells people of: budgets, spend, leaks, pools'))
}

function runList(options: Shared, io: Io): void {
  const files = new AlertFiles(dataFolder(options, io))
  const now = io.now().getTime()
  const [open, silences] = [files.readOpen(), files.silences(now)]
  if (options.json === true) return io.stdout(`${JSON.stringify({ open, silences }, null, 2)}\n`)
  if (open.length === 0) io.stdout('Nothing is open.\n')
  for (const { condition, since, toldAt } of open) io.stdout(`${condition.severity.padEnd(8)}  ${utc(since)}  ${oneLine(condition.id)}${toldAt === null ? '  (not told yet)' : ''}\n  ${oneLine(condition.text)}\n`)
  if (silences.length > 0) io.stdout(`\n${renderTable([{ header: 'silence' }, { header: 'alerts' }, { header: 'until (UTC)' }, { header: 'reason' }], silences.map(({ id, prefix, kind, until, reason }) => [id, `${prefix}*${kind === null ? '' : ` (${kind})`}`, utc(until), reason]), io.columns)}\n`)
}

function runSilence(prefix: string, options: SilenceOptions, io: Io): void {
  if (!/^\d{1,6}(\.\d{1,3})?(s|m|h|d)$/u.test(options.for)) throw new SpillwayError('DURATION_INVALID', `"${options.for}" is not a time`, 'Give one such as 30m, 4h or 2d')
  const silence = new AlertFiles(dataFolder(options, io)).silence({ prefix: prefix.slice(0, 300), kind: options.kind ?? null, until: io.now().getTime() + milliseconds(options.for), reason: options.reason.slice(0, 300) })
  if (options.json === true) io.stdout(`${JSON.stringify(silence, null, 2)}\n`)
  else io.stdout(`Silence ${silence.id}, until ${utc(silence.until)} UTC.\n`)
}

function runUnsilence(id: string, options: Shared, io: Io): void {
  if (!new AlertFiles(dataFolder(options, io)).unsilence(id)) throw new SpillwayError('CLI_USAGE', `there is no silence ${oneLine(id)}`, 'See "spillway alerts list"')
  io.stdout(`Silence ${id} is over.\n`)
}

/** Exit status where a channel did not take the message. */
const NOT_TAKEN = 3
const TEST_MS = 30_000

async function runTest(file: string, io: Io): Promise<void> {
  const { alerts } = await loadConfig(file, { env: io.env, readStored: storedSecrets(io.env) })
  if (alerts.to.length === 0) throw new SpillwayError('CLI_USAGE', 'the configuration names no channel', 'Add alerts: {to: [...]}, see docs/configuration.md', { file })
  const client = httpClient()
  const now = io.now().getTime()
  const condition = { id: 'test', kind: 'pool-unhealthy', tenant: null, severity: 'warning', text: 'This is a test of Spillway: nothing is wrong.', mend: 'Nothing is to be done.', nanoUsd: null, holdMs: 0 } as const
  const notice: Notice = { type: 'opened', at: now, alert: { condition, since: now, lastSeen: now, toldAt: now, toldSeverity: 'warning' } }
  for (const config of alerts.to) {
    const channel = channelOf(config, client.send)
    try {
      await channel.send(notice, AbortSignal.timeout(TEST_MS))
      io.stdout(`ok    ${channel.name}\n`)
    } catch (error) {
      io.stdout(`FAIL  ${channel.name}: ${oneLine(error instanceof Error ? error.message : 'unknown')}\n`)
      process.exitCode = NOT_TAKEN
    } finally {
      channel.close()
    }
  }
  await client.close()
}

function utc(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}
