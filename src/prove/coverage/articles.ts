import type { Leaf } from '../leaf/schema.ts'
import dates from './application-dates.json' with { type: 'json' }

/** A requirement of record-keeping, what the log has for it, and what it leaves to the operator. */
export interface Requirement {
  readonly basis: string
  readonly asks: string
  /** What of the log supports it; null = nothing does. */
  readonly supported: string | null
  /** Kinds of leaves that are its evidence, and how to look at them. */
  readonly kinds: readonly Leaf['leaf'][]
  readonly look: string
  readonly operator: string
}

export interface Evidence {
  readonly requirement: Requirement
  /** Leaves of its kinds. */
  readonly leaves: number
}

export interface ApplicationDate {
  readonly what: string
  readonly from: string
  readonly source: string
  readonly asOf: string
  readonly note: string
}

/** When the articles apply: laws move, so that this is data with its source and date, and not in the code. */
export const APPLICATION_DATES: readonly ApplicationDate[] = dates

/** EU AI Act (Regulation (EU) 2024/1689). None of it asks for a log that cannot be changed: that is this log's own promise. */
export const REQUIREMENTS: readonly Requirement[] = [
  {
    basis: 'Art. 12(1)',
    asks: 'events are recorded automatically over the lifetime of a high-risk system',
    supported: 'a leaf for every call that passes the gateway, without anybody asking for it; losses that are noticed are gap leaves',
    kinds: ['call', 'gap', 'log-started', 'log-stopped'],
    look: 'spillway audit coverage',
    operator: 'send every call of the system through the gateway, with no model of it off (audit.models); a call past it is in no log',
  },
  {
    basis: 'Art. 12(2)(a)',
    asks: 'events that matter for risks and substantial modification can be identified',
    supported: 'which model was asked for and which answered, the build, the configuration (its leaf comes before its first call), calls that were stopped as loops, incidents',
    kinds: ['call', 'config', 'kill', 'incident'],
    look: 'spillway audit export, entries.jsonl',
    operator: 'say what a risk or a substantial modification of the system is; open incidents',
  },
  {
    basis: 'Art. 12(2)(b), 72',
    asks: 'events support post-market monitoring',
    supported: 'outcome, errors, tokens, times and cost of each call, for the time asked for',
    kinds: ['call'],
    look: 'spillway audit export --from --to',
    operator: 'have a plan for the monitoring and carry it out',
  },
  {
    basis: 'Art. 12(2)(c), 26(5)',
    asks: 'events support monitoring of operation by the deployer',
    supported: 'the same, while it runs: a leaf within a second or two after the call',
    kinds: ['call', 'kill'],
    look: 'spillway calls tail, /metrics',
    operator: 'look at it, inform the provider and the authority, suspend the use where Art. 26(5) asks for it',
  },
  {
    basis: 'Art. 12(3)',
    asks: 'remote biometric identification: period of use, reference database, matched input, who has verified results',
    supported: 'start and end of each call; reviews with their reviewer',
    kinds: ['call', 'human-review'],
    look: 'spillway audit review',
    operator: 'record reference database and matched input in the system itself: no leaf holds them',
  },
  {
    basis: 'Art. 19(1)',
    asks: 'the provider keeps these logs for a period that fits the purpose, six months at least',
    supported: 'nothing is removed by itself; audit prune keeps 200 days, and less than 184 only with a reason that goes into the log',
    kinds: ['retention'],
    look: 'spillway audit prune --dry-run',
    operator: 'keep the data directory and a backup of it; say how long is right, with data protection in view',
  },
  {
    basis: 'Art. 26(6)',
    asks: 'the deployer keeps the logs under its control, six months at least',
    supported: 'the log is in the own data directory and is verified without Spillway',
    kinds: ['export', 'proof-given', 'log-read'],
    look: 'spillway audit export, verifier/',
    operator: 'keep it; give it to the provider or the authority where they may ask for it',
  },
  {
    basis: 'Art. 73',
    asks: 'serious incidents are reported within 15 days, 2 days (widespread, critical infrastructure) or 10 days (death)',
    supported: 'opening and closing of an incident, with the days as data',
    kinds: ['incident'],
    look: 'spillway audit incident',
    operator: 'judge what is serious, and report it in time: the log reminds nobody',
  },
  {
    basis: 'Art. 14, 26(2)',
    asks: 'natural persons oversee the system',
    supported: 'a leaf for each review of a call: who, and what was decided',
    kinds: ['human-review'],
    look: 'spillway audit review',
    operator: 'name and train these persons, and have them record their reviews',
  },
]

/** The requirements with the number of leaves that are their evidence. `counts`: leaves by kind. */
export function evidence(counts: ReadonlyMap<string, number>): Evidence[] {
  return REQUIREMENTS.map((requirement) => ({ requirement, leaves: requirement.kinds.reduce((sum, kind) => sum + (counts.get(kind) ?? 0), 0) }))
}
