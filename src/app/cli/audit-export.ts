import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { SpillwayError } from '../../core/errors.ts'
import { folderSink } from '../../prove/bundle/bundle-folder.ts'
import { POLICY } from '../../prove/bundle/bundle-format.ts'
import { isWhole } from '../../prove/bundle/select-entries.ts'
import { writeBundle } from '../../prove/bundle/write-bundle.ts'
import { formatPolicy, parsePolicy } from '../../prove/note/policy.ts'
import { directorySource } from '../../prove/tiles/tile-source.ts'
import { witnessedSource } from '../../prove/verify/witnessed-source.ts'
import { readAudit } from '../audit/audit-home.ts'
import { TIMESTAMPS, timestampSizes } from '../audit/check-timestamps.ts'
import { BUILD } from '../audit/build.ts'
import { packageRoot } from '../root.ts'
import { recordAct } from './audit-acts.ts'
import { print, shared, type Shared, time } from './audit-options.ts'
import { dataFolder } from './data-option.ts'
import type { Io } from './io.ts'

/** Programs that verify an export; they go with it. */
const VERIFIERS = ['verify.mjs', 'verify.py']

interface ExportOptions extends Shared {
  readonly out: string
  readonly from?: number
  readonly to?: number
  readonly tenant?: string
  readonly system?: string
  readonly proofs: boolean
  readonly recipient: string
}

export function exportCommand(io: Io): Command {
  return shared(new Command('export').description('write a folder that an auditor reads and verifies without us and without a network'))
    .requiredOption('-o, --out <folder>', 'a folder that is not there yet')
    .option('--from <time>', 'entries from this date or time (UTC) on', time)
    .option('--to <time>', 'entries before this date or time (UTC)', time)
    .option('--tenant <id>', "one tenant's entries alone, by their proofs: nothing of other tenants goes with them")
    .option('--system <id>', "one AI system's calls alone (audit.systems), and what was done with them, by their proofs")
    .option('--no-proofs', 'without a file for each proof; not with --tenant and --system')
    .option('--recipient <who>', 'who gets it, for the leaf that says so', '')
    .addHelpText('after', '\nExamples:\n  $ spillway audit export --from 2026-11-01 --to 2026-12-01 -o november\n  $ spillway audit export --tenant acme -o acme --json\n  $ spillway audit export --system triage --from 2026-11-01 -o triage\n\nThen, where the auditor is:\n  $ python3 november/verify.py november VERIFIER_KEY\n')
    .action((options: ExportOptions) => runExport(options, io))
}

async function runExport(options: ExportOptions, io: Io): Promise<void> {
  const { out, tenant = null, system = null, from = null, to = null, proofs } = options
  if (!proofs && !isWhole({ tenant, system })) throw new SpillwayError('CLI_USAGE', '--no-proofs and --tenant or --system are given', 'Such entries are proven by their proofs alone: leave out --no-proofs')
  if (from !== null && to !== null && from >= to) throw new SpillwayError('CLI_USAGE', '--from is not before --to', 'Name a time span; --to is not included')
  const { log } = readAudit(dataFolder(options, io))
  const source = directorySource(log.folder)
  const policy = (await source.read(POLICY))?.toString('utf8') ?? formatPolicy(log.signer.verifier, [], 0)
  const info = await writeBundle({
    // What witnesses have signed, if they have: an export is to be as strong as the log.
    source: (await witnessedSource(source, log.signer.verifier, parsePolicy(policy, POLICY))) ?? source,
    signer: log.signer,
    sink: folderSink(out),
    policy,
    extras: new Map([...VERIFIERS.map((name) => [name, readFileSync(join(packageRoot(), 'verifier', name))] as const), ...timestampFiles(log.folder)]),
    from,
    to,
    tenant,
    system,
    proofs,
    build: BUILD,
    now: io.now().getTime(),
    ...(io.progress ? { onProgress: (read: number, size: number) => void (read % 65_536 === 0 && io.stderr(`${read} of ${size}\n`)) } : {}),
  })
  await recordAct(options, io, { leaf: 'export', from: info.from, to: info.to, tenant, ...(system === null ? {} : { system }), recipient: options.recipient.slice(0, 256).toWellFormed() })
  if (options.json === true) print(io, { folder: out, ...info })
  else io.stdout(`${info.entries} of the ${info.size} entries of ${info.origin}, in ${out}\nRead ${join(out, 'index.html')}. Verify: python3 ${join(out, 'verify.py')} ${out} '${log.signer.verifier.text}'\n`)
}

/** Checkpoints with a timestamp, and the timestamps. */
function timestampFiles(folder: string): (readonly [string, Buffer])[] {
  return timestampSizes(folder).flatMap((size) => ['checkpoint', 'tsr'].map((kind) => [`${TIMESTAMPS}/${size}.${kind}`, readFileSync(join(folder, TIMESTAMPS, `${size}.${kind}`))] as const))
}
