import { Command } from 'commander'
import { SpillwayError } from '../../core/errors.ts'
import { sha256 } from '../../prove/bundle/bundle-format.ts'
import { decodeLeaf } from '../../prove/leaf/leaf.ts'
import { directorySource } from '../../prove/tiles/tile-source.ts'
import { entryAt } from '../../prove/tiles/tile-reader.ts'
import { currentCheckpoint, findEntry } from '../../prove/verify/prove-entry.ts'
import { readAudit } from '../audit/audit-home.ts'
import { isCall } from './audit-entry.ts'
import { CHECK_FAILED, print, readNamed, shared, type Shared } from './audit-options.ts'
import { dataFolder } from './data-option.ts'
import type { Io } from './io.ts'

interface MatchOptions extends Shared {
  readonly request?: string
  readonly response?: string
}

export function matchCommand(io: Io): Command {
  return shared(new Command('match').description("whether a request or an answer is the one that a call's leaf commits to; exit status 3 where not"))
    .argument('<call>', "the call's id, as in x-spillway-call-id")
    .option('--request <file>', 'the body as the client has sent it, to the byte')
    .option('--response <file>', 'the body as the client has got it, to the byte')
    .addHelpText('after', '\nNobody has to have kept it but whoever brings it.\n\nExamples:\n  $ spillway audit match call_7Qm2XkP0aB3c --request sent.json --response got.json\n')
    .action((call: string, options: MatchOptions) => runMatch(call, options, io))
}

async function runMatch(call: string, options: MatchOptions, io: Io): Promise<void> {
  if (options.request === undefined && options.response === undefined) throw new SpillwayError('CLI_USAGE', 'nothing to compare is named', 'Give --request, --response, or both')
  const { log, keys } = readAudit(dataFolder(options, io))
  const source = directorySource(log.folder)
  const { verifier } = log.signer
  const index = await findEntry(source, verifier, (entry) => isCall(entry, call))
  const leaf = index === null ? null : decodeLeaf(await entryAt(source, index, (await currentCheckpoint(source, verifier)).size))
  if (leaf?.leaf !== 'call') throw new SpillwayError('AUDIT_PROOF_INVALID', `no entry of the log is of the call ${call}`, 'Check the id; a call is in the log a second or two after it has ended')
  const compared = ([['request', 'asked'], ['response', 'answered']] as const).flatMap(([what, field]) => {
    const file = options[what]
    if (file === undefined) return []
    const commitment = leaf[field]
    if (commitment === undefined) throw new SpillwayError('AUDIT_BODY_MISSING', `the leaf commits to no ${what}`, 'It does where audit.hashBodies is on, and where one came')
    return [{ what, equal: keys.commitment(leaf.tenant, field, sha256(readNamed(file))) === commitment }]
  })
  if (options.json === true) print(io, { call, index, ...Object.fromEntries(compared.map(({ what, equal }) => [what, equal])) })
  else io.stdout(compared.map(({ what, equal }) => `The ${what} is ${equal ? '' : 'NOT '}the one of entry ${index}.\n`).join(''))
  if (compared.some(({ equal }) => !equal)) process.exitCode = CHECK_FAILED
}
