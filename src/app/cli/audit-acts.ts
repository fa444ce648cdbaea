import { Command, InvalidArgumentError } from 'commander'
import { SpillwayError } from '../../core/errors.ts'
import { VERIFIER_KEY } from '../../prove/log/log-files.ts'
import { directorySource } from '../../prove/tiles/tile-source.ts'
import { findEntry } from '../../prove/verify/prove-entry.ts'
import { actBy, type Deed } from '../audit/act.ts'
import { auditFolder } from '../audit/audit-home.ts'
import { isCall } from './audit-entry.ts'
import { print, shared, type Shared, verifierOf } from './audit-options.ts'
import { dataFolder, withDataDir } from './data-option.ts'
import type { Io } from './io.ts'

/** What Art. 73 of the EU AI Act gives for the report of an incident, in days; an option overrides it, since laws move. */
const INCIDENT_DAYS = { general: 15, widespread: 2, 'critical-infrastructure': 2, death: 10 } as const
type Category = keyof typeof INCIDENT_DAYS
const MS_PER_DAY = 86_400_000

/** Records an act in the data directory; the running server, or "audit sequence", takes it into the log. */
export async function recordAct(options: Shared, io: Io, deed: Deed): Promise<void> {
  await withDataDir(options, io, true, ({ store }) => store.acts.add(actBy(io.env, io.now().getTime(), deed)))
}

interface ReviewOptions extends Shared {
  readonly reviewer: string
  readonly decision: string
}

export function reviewCommand(io: Io): Command {
  return shared(new Command('review').description('record that a person has reviewed a call'))
    .argument('<call>', "the call's id, as in x-spillway-call-id")
    .requiredOption('--reviewer <who>', 'who has reviewed it: a role or a number rather than a name, since it stays', short)
    .requiredOption('--decision <text>', 'what was decided, such as approved or rejected', short)
    .addHelpText('after', '\nExamples:\n  $ spillway audit review call_7Qm2XkP0aB3c --reviewer officer-7 --decision approved\n')
    .action(async (call: string, options: ReviewOptions) => {
      await mustBeInLog(call, options, io)
      await recordAct(options, io, { leaf: 'human-review', call, reviewer: options.reviewer, decision: options.decision })
      tell(io, options, { call, reviewer: options.reviewer, decision: options.decision }, 'Recorded. It is in the log within a second or two of the running server, or with "spillway audit sequence".')
    })
}

async function mustBeInLog(call: string, options: Shared, io: Io): Promise<void> {
  const source = directorySource(auditFolder(dataFolder(options, io)))
  const log = await verifierOf(undefined, () => source.read(VERIFIER_KEY))
  if ((await findEntry(source, log, (entry) => isCall(entry, call))) === null) throw new SpillwayError('AUDIT_PROOF_INVALID', `no entry of the log is of the call ${call}`, 'Check the id; a call is in the log a second or two after it has ended')
}

interface OpenOptions extends Shared {
  readonly category: Category
  readonly days?: number
  readonly note: string
}

export function incidentCommand(io: Io): Command {
  const open = shared(new Command('open').description('record an incident; the time in which to report it runs from now'))
    .argument('<id>', 'a name of your own for it', short)
    .option('--category <kind>', `one of ${Object.keys(INCIDENT_DAYS).join(', ')} (EU AI Act, Art. 73)`, category, 'general')
    .option('--days <n>', 'the days in which to report it (default: by the category: 15, 2, 2, 10)', days)
    .option('--note <text>', 'what has happened, without names', short, '')
    .addHelpText('after', '\nExamples:\n  $ spillway audit incident open inc-12 --note "wrong answers about doses"\n  $ spillway audit incident open inc-13 --category widespread --json\n')
    .action(async (id: string, options: OpenOptions) => {
      const limit = options.days ?? INCIDENT_DAYS[options.category]
      await recordAct(options, io, { leaf: 'incident', incident: id, phase: 'opened', category: options.category, days: limit, note: options.note })
      const due = new Date(io.now().getTime() + limit * MS_PER_DAY).toISOString()
      tell(io, options, { incident: id, category: options.category, days: limit, due }, `Recorded. ${limit} days from now end at ${due}; whether and to whom it has to be reported is yours to judge.`)
    })
  const close = shared(new Command('close').description('record that an incident is closed'))
    .argument('<id>', 'as it was opened', short)
    .option('--note <text>', 'how it ended, without names', short, '')
    .addHelpText('after', '\nExamples:\n  $ spillway audit incident close inc-12 --note "reported, fixed in configuration 4be1"\n')
    .action(async (id: string, options: Shared & { readonly note: string }) => {
      await recordAct(options, io, { leaf: 'incident', incident: id, phase: 'closed', category: '', days: 0, note: options.note })
      tell(io, options, { incident: id }, 'Recorded.')
    })
  return new Command('incident').description('record incidents, with the time in which to report them').addCommand(open).addCommand(close)
}

function category(text: string): Category {
  if (!Object.hasOwn(INCIDENT_DAYS, text)) throw new InvalidArgumentError(`it is one of ${Object.keys(INCIDENT_DAYS).join(', ')}.`)
  return text as Category
}

function days(text: string): number {
  if (!/^[1-9]\d{0,3}$/u.test(text)) throw new InvalidArgumentError('a whole number from 1 to 9999 is needed.')
  return Number(text)
}

/** What a leaf has room for. */
function short(text: string): string {
  if (text.length > 256 || !text.isWellFormed()) throw new InvalidArgumentError('at most 256 characters are needed.')
  return text
}

function tell(io: Io, { json }: Shared, data: object, text: string): void {
  if (json === true) print(io, data)
  else io.stdout(`${text}\n`)
}
