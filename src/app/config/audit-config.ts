import { resolve } from 'node:path'
import { SpillwayError } from '../../core/errors.ts'
import { parseVerifierKey, WITNESS_KEY_TYPE } from '../../prove/note/keys.ts'
import type { AuditConfig } from '../../route/config-types.ts'
import * as defaults from './defaults.ts'
import type { Problems } from './problems.ts'
import type { ConfigFile } from './schema.ts'
import { byteCount, milliseconds } from './units.ts'

const MOST_BODY_BYTES = 4 * 1024 * 1024

/** The log of calls. Without a quorum all witnesses must have signed. */
export function auditOf(file: NonNullable<ConfigFile['audit']>, problems: Problems): AuditConfig {
  const base = defaults.AUDIT
  const witnesses = file.witnesses ?? base.witnesses
  for (const [index, { key, url }] of witnesses.entries()) {
    checkKey(key, witnesses.slice(0, index).map((one) => one.key), index, problems)
    checkUrl(url, index, problems)
  }
  const quorum = file.quorum ?? witnesses.length
  if (quorum > witnesses.length) problems.add(['audit', 'quorum'], `asks for ${quorum} of ${witnesses.length} witnesses`, 'Lower it, or name more witnesses')
  const models = Object.entries(file.models ?? {}).map(([name, mode]) => ({ models: name, mode }))
  const systems = (file.systems ?? []).map(({ id, keys = null, features = null, models: named = null }) => ({ id, keys, features, models: named }))
  return { mode: file.mode ?? base.mode, ...(models.length === 0 ? {} : { models }), ...(systems.length === 0 ? {} : { systems }), ...(file.hashBodies === false ? { hashBodies: false } : {}), remember: file.remember === undefined ? base.remember : resolve(file.remember), witnesses, quorum, bodies: bodiesOf(file, problems) }
}

function bodiesOf({ mode, models, bodies }: NonNullable<ConfigFile['audit']>, problems: Problems): AuditConfig['bodies'] {
  if (bodies?.keep !== true) return null
  if ([mode ?? defaults.AUDIT.mode, ...Object.values(models ?? {})].every((one) => one === 'off')) problems.add(['audit', 'bodies', 'keep'], 'is true, but audit.mode is off', 'Set audit.mode to besteffort or strict: a body is kept with its leaf')
  const maxBytes = bodies.max === undefined ? defaults.BODIES.maxBytes : byteCount(bodies.max)
  if (maxBytes > MOST_BODY_BYTES) problems.add(['audit', 'bodies', 'max'], 'is more than 4 MiB', 'Keep less of each')
  const keepMs = bodies.for === undefined ? defaults.BODIES.keepMs : bodies.for === null ? null : milliseconds(bodies.for)
  for (const [name, pattern] of Object.entries(bodies.patterns ?? {})) checkPattern(name, pattern, problems)
  return { maxBytes, redact: bodies.redact ?? defaults.BODIES.redact, patterns: bodies.patterns ?? {}, hook: bodies.hook === undefined ? null : resolve(bodies.hook), keepMs }
}

function checkPattern(name: string, pattern: string, problems: Problems): void {
  const path = ['audit', 'bodies', 'patterns', name]
  if (!/^[A-Za-z][\w-]{0,31}$/u.test(name)) problems.add(path, 'has no name that could stand in a text', 'Use up to 32 letters, digits and dashes')
  try {
    void new RegExp(pattern, 'gu')
  } catch {
    problems.add(path, 'is no regular expression', 'It is one of JavaScript, with the flag u')
  }
}

function checkKey(key: string, others: readonly string[], index: number, problems: Problems): void {
  const path = ['audit', 'witnesses', index, 'key']
  try {
    const { type } = parseVerifierKey(key)
    if (type !== WITNESS_KEY_TYPE) problems.add(path, 'is the key of a log, not of a witness', 'Give the key that "spillway witness keygen" has shown, or that the witness has published')
  } catch (error) {
    if (!(error instanceof SpillwayError)) throw error
    problems.add(path, `is refused: ${error.message}`, error.mend)
  }
  if (others.includes(key)) problems.add(path, 'is there twice', 'A witness counts once: remove one')
}

function checkUrl(text: string, index: number, problems: Problems): void {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '') {
    problems.add(['audit', 'witnesses', index, 'url'], 'is no http(s) address without credentials, query and fragment', "Give the witness's submission prefix, such as https://witness.example.com", 'CONFIG_URL_REFUSED')
  }
}
