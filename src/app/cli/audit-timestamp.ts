import { randomBytes } from 'node:crypto'
import { Command } from 'commander'
import { SpillwayError } from '../../core/errors.ts'
import { CHECKPOINT, VERIFIER_KEY } from '../../prove/log/log-files.ts'
import { nodeLogFs, placeFiles } from '../../prove/log/log-fs.ts'
import { openCheckpoint } from '../../prove/note/checkpoint.ts'
import { directorySource } from '../../prove/tiles/tile-source.ts'
import { sha256 } from '../../prove/bundle/bundle-format.ts'
import { askTimestamp } from '../../prove/timestamp/timestamp.ts'
import { auditFolder } from '../audit/audit-home.ts'
import { TIMESTAMPS } from '../audit/check-timestamps.ts'
import { print, shared, type Shared, verifierOf } from './audit-options.ts'
import { dataFolder } from './data-option.ts'
import type { Io } from './io.ts'

const NONCE_BYTES = 8

interface TimestampOptions extends Shared {
  readonly tsa: string
}

export function timestampCommand(io: Io): Command {
  return shared(new Command('timestamp').description('have an authority sign when the newest checkpoint was there (RFC 3161)'))
    .requiredOption('--tsa <url>', 'address of the time-stamping authority')
    .addHelpText('after', '\nRun it daily, by cron for instance. Verify: spillway audit verify --tsa-ca CERTIFICATE\n\nExamples:\n  $ spillway audit timestamp --tsa https://tsa.example.com\n')
    .action((options: TimestampOptions) => runTimestamp(options, io))
}

async function runTimestamp(options: TimestampOptions, io: Io): Promise<void> {
  const url = URL.canParse(options.tsa) ? new URL(options.tsa) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol)) throw new SpillwayError('CLI_USAGE', '--tsa is no http(s) address', 'Give the address that the authority publishes')
  const folder = auditFolder(dataFolder(options, io))
  const source = directorySource(folder)
  const log = await verifierOf(undefined, () => source.read(VERIFIER_KEY))
  const bytes = await source.read(CHECKPOINT)
  if (bytes === null) throw new SpillwayError('AUDIT_LOG_MISSING', 'there is no checkpoint here', 'Make a log with "spillway audit init"', { file: folder })
  const { size } = openCheckpoint(bytes, log)
  const reply = await askTimestamp(url.href, Buffer.from(sha256(bytes), 'hex'), randomBytes(NONCE_BYTES))
  // The very bytes that were signed for: the published checkpoint changes.
  placeFiles(nodeLogFs, folder, [
    { path: `${TIMESTAMPS}/${size}.checkpoint`, bytes },
    { path: `${TIMESTAMPS}/${size}.tsr`, bytes: reply },
  ])
  if (options.json === true) print(io, { size: String(size), reply: `${folder}/${TIMESTAMPS}/${size}.tsr` })
  else io.stdout(`Timestamp of the first ${size} entries in ${folder}/${TIMESTAMPS}/${size}.tsr\n`)
}
