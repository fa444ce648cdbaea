import { Command } from 'commander'
import { journalFolder } from '../config/data-folder.ts'
import { checkConfig } from '../config/load-config.ts'
import { storedSecrets } from '../config/stored-secrets.ts'
import { checkAudit } from '../doctor/check-audit.ts'
import { checkClock } from '../doctor/check-clock.ts'
import { checkDataFolder, checkNode, checkPort } from '../doctor/check-host.ts'
import { checkJournal } from '../doctor/check-journal.ts'
import { checkKeys } from '../doctor/check-keys.ts'
import { checkPool } from '../doctor/check-pools.ts'
import { checkPrice } from '../doctor/check-prices.ts'
import { fail, ok, type Finding } from '../doctor/finding.ts'
import { httpClient } from '../../route/pools/http-send.ts'
import { oneLine, type SpillwayError } from '../../core/errors.ts'
import type { Io } from './io.ts'
import { labeled } from './wrap.ts'

interface Options {
  readonly config: string
  readonly json?: boolean
}

/** The exit status where a check fails. */
const CHECK_FAILED = 3

/** `spillway doctor`: looks at everything that `serve` needs, and says what to mend. */
export function doctorCommand(io: Io): Command {
  return new Command('doctor')
    .description('check configuration, data folder, port, pools, keys, prices and clock; exit status 3 where a check fails')
    .option('-c, --config <file>', 'configuration', 'spillway.yaml')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  $ spillway doctor\n  $ spillway doctor -c /etc/spillway/spillway.yaml --json\n')
    .action(async (options: Options) => {
      const findings = await diagnose(options.config, io)
      const failures = findings.filter(({ status }) => status === 'fail').length
      io.stdout(options.json ? `${JSON.stringify({ ok: failures === 0, findings }, null, 2)}\n` : report(findings, Math.min(io.columns, 100)))
      if (failures > 0) process.exitCode = CHECK_FAILED
    })
}

async function diagnose(file: string, io: Io): Promise<Finding[]> {
  const node = checkNode(process.version)
  const { config, problems } = await checkConfig(file, { env: io.env, readStored: storedSecrets(io.env) })
  if (config === null) return [node, ...problems.map(configProblem)]
  const client = httpClient()
  const now = (): number => io.now().getTime()
  try {
    const pools = await Promise.all(config.pools.map((pool) => checkPool(pool, client.send, now)))
    return [
      node,
      ok('config', `${file}: ${config.pools.length} ${config.pools.length === 1 ? 'pool' : 'pools'}, version ${config.version}`),
      ...checkDataFolder(config.server.dataDir),
      ...checkJournal(journalFolder(config.server.dataDir), config.journal, now()),
      await checkPort(config.server.host, config.server.port, client.send),
      await checkKeys(config, now()),
      checkAudit(config),
      ...pools.flatMap(({ findings }) => findings),
      ...config.pools.map((pool) => checkPrice(pool, now())),
      checkClock(pools.map(({ skewMs }) => skewMs).find((skew) => skew !== null) ?? null),
    ]
  } finally {
    await client.close()
  }
}

function configProblem({ code, message, mend, place }: SpillwayError): Finding {
  const where = [place.file, place.row, place.column].filter((part) => part !== undefined).join(':')
  return fail('config', `${where === '' ? '' : `${where}: `}${message} (${code})`, mend)
}

function report(findings: readonly Finding[], width: number): string {
  const name = Math.max(...findings.map(({ check }) => check.length))
  const lines = findings.map(({ status, check, message, mend }) => labeled(`${status.padEnd(4)}  ${check}`, name + 8, oneLine(mend === null ? message : `${message}. ${mend}.`), width))
  const count = (status: Finding['status']): number => findings.filter((finding) => finding.status === status).length
  return `${lines.join('\n')}\n\n${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} failed\n`
}
