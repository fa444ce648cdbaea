import { SpillwayError } from '../../core/errors.ts'
import { parseVerifierKey, type Verifier } from './keys.ts'

/** Who must have signed a checkpoint (C2SP tlog-policy). */
export interface Policy {
  readonly logs: readonly Verifier[]
  readonly witnesses: readonly Verifier[]
  /** Whether the cosignatures of these witnesses are enough, by their verifier keys as text. */
  readonly satisfied: (cosigned: ReadonlySet<string>) => boolean
}

export interface WitnessLine {
  readonly verifier: Verifier
  /** Its submission prefix; null = not told. */
  readonly url: string | null
}

const MAX_CHARS = 100_000
const NONE = 'none'

/** The policy of one log whose checkpoints `quorum` of the witnesses must have signed; 0 = none has to. */
export function formatPolicy(log: Verifier, witnesses: readonly WitnessLine[], quorum: number): string {
  const lines = [
    `log ${log.text}`,
    ...witnesses.map(({ verifier, url }, n) => `witness w${n + 1} ${verifier.text}${url === null ? '' : ` ${url}`}`),
    ...(quorum > 0 ? [`group witnesses ${quorum} ${witnesses.map((_, n) => `w${n + 1}`).join(' ')}`, 'quorum witnesses'] : [`quorum ${NONE}`]),
  ]
  return `${lines.join('\n')}\n`
}

type Rule = Policy['satisfied']

/** Throws AUDIT_POLICY_INVALID (with the line) and AUDIT_KEY_INVALID. */
export function parsePolicy(text: string, file: string): Policy {
  if (text.length > MAX_CHARS) throw invalid(`has more than ${MAX_CHARS} characters`, file)
  const logs: Verifier[] = []
  const witnesses: Verifier[] = []
  const rules = new Map<string, Rule>()
  const members = new Set<string>()
  let quorum: Rule | null = null
  const define = (name: string | undefined, rule: Rule, row: number): void => {
    if (name === undefined || name === NONE || rules.has(name)) throw invalid('defines a name twice, none, or the name "none"', file, row)
    rules.set(name, rule)
  }
  for (const [n, line] of text.split('\n').entries()) {
    const row = n + 1
    const [what, ...rest] = line.split(/[ \t]+/u).filter((word) => word !== '')
    if (what === undefined || what.startsWith('#')) continue
    if (what === 'log' && rest.length >= 1 && rest.length <= 2) logs.push(parseVerifierKey(rest[0]!))
    else if (what === 'witness' && rest.length >= 2 && rest.length <= 3) {
      const verifier = parseVerifierKey(rest[1]!)
      if (witnesses.some((one) => keyOf(one) === keyOf(verifier))) throw invalid('holds the key of a witness twice', file, row)
      witnesses.push(verifier)
      define(rest[0], (cosigned) => cosigned.has(verifier.text), row)
    } else if (what === 'group' && rest.length >= 3) {
      const [name, threshold, ...names] = rest
      const parts = names.map((one) => rules.get(one))
      const least = threshold === 'all' ? names.length : threshold === 'any' ? 1 : /^[1-9]\d{0,3}$/u.test(threshold!) ? Number(threshold) : 0
      if (least < 1 || least > names.length || parts.includes(undefined) || names.some((one) => members.has(one)) || new Set(names).size < names.length) throw invalid('has a group of unknown or repeated members, or an impossible threshold', file, row)
      for (const one of names) members.add(one)
      define(name, (cosigned) => parts.filter((part) => part!(cosigned)).length >= least, row)
    } else if (what === 'quorum' && rest.length === 1 && quorum === null) {
      quorum = rest[0] === NONE ? () => true : (rules.get(rest[0]!) ?? null)
      if (quorum === null) throw invalid(`names "${rest[0]}" as its quorum, which is not defined above`, file, row)
    } else throw invalid('has a line that is none of log, witness, group and (once) quorum', file, row)
  }
  if (quorum === null) throw invalid('has no quorum line', file)
  return { logs, witnesses, satisfied: quorum }
}

/** The public key alone: two names for one key are one witness. */
function keyOf({ text }: Verifier): string {
  return text.slice(text.lastIndexOf('+') + 1)
}

function invalid(what: string, file: string, row?: number): SpillwayError {
  return new SpillwayError('AUDIT_POLICY_INVALID', `the policy ${what}`, 'Write it as c2sp.org/tlog-policy says', row === undefined ? { file } : { file, row })
}
