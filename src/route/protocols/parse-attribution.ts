import type { IncomingHttpHeaders } from 'node:http'
import type { Attribution, Priority } from '../../core/call.ts'
import { CallError } from './parse-error.ts'

/** What the headers say of a call, besides its key. */
export interface HeaderFacts {
  readonly attribution: Attribution
  readonly priority: Priority
  readonly residency: string | null
  /** Tries of the client before this one, by its own count; null = it does not count. */
  readonly retryCount: number | null
  /** Headers that go on to the upstream: trace context and request id. Baggage does not: it names users to third parties. */
  readonly forward: Readonly<Record<string, string>>
}

/** What the body says, by the dialect's own fields; null = nothing. */
export interface BodyAttribution {
  readonly user: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
  /** A stored prompt by id and version, as in the Responses API. */
  readonly prompt?: Readonly<Record<string, unknown>> | null
}

const MAX_NAME = 256
const MAX_TAG = 64
const MAX_TAGS = 16
const MAX_BAGGAGE_MEMBERS = 64
const MAX_RETRIES = 1000
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/u
const REGION = /^[a-z0-9][a-z0-9-]{0,63}$/u
const PRIORITIES: readonly string[] = ['realtime', 'standard', 'batch'] satisfies readonly Priority[]
const ALL_ZERO = /^0+$/u

/** Keys under which metadata, properties and baggage are understood as more than a tag. */
const NAMED: Readonly<Record<string, 'user' | 'feature' | 'session' | 'prompt' | 'promptVersion'>> = {
  user: 'user',
  user_id: 'user',
  'user.id': 'user',
  'enduser.id': 'user',
  feature: 'feature',
  session: 'session',
  session_id: 'session',
  'session.id': 'session',
  prompt: 'prompt',
  prompt_id: 'prompt',
  'prompt.id': 'prompt',
  prompt_version: 'promptVersion',
  'prompt.version': 'promptVersion',
}

type Draft = { -readonly [field in Exclude<keyof Attribution, 'tags'>]: Attribution[field] } & { readonly tags: Record<string, string> }

/**
 * Reads attribution in order of how directly it speaks to us: our own headers, then Helicone's, the body's fields, W3C
 * baggage. What none of them calls a user, feature, session or prompt is a tag. Everything is cut to a length; more than
 * 16 tags are dropped. Throws CallError invalid_value for a priority or
 * a data region that is none: a typo there would quietly serve the call where it must not be.
 */
export function readAttribution(headers: IncomingHttpHeaders, body: BodyAttribution): HeaderFacts {
  const draft: Draft = { user: null, feature: null, session: null, prompt: null, promptVersion: null, traceId: null, parentSpanId: null, tags: {} }
  const forward: Record<string, string> = {}
  let priority: Priority = 'standard'
  let residency: string | null = null
  let retryCount: number | null = null
  let helicone = false
  for (const name in headers) {
    // Most headers are of no interest: told by their first letter.
    const first = name.charCodeAt(0)
    if (first !== 120 /* x */ && first !== 104 /* h */ && first !== 116 /* t */) continue
    const value = headers[name]
    if (typeof value !== 'string' || value === '') continue
    switch (name) {
      case 'x-spillway-user': draft.user = cut(value); break
      case 'x-spillway-feature': draft.feature = cut(value); break
      case 'x-spillway-session': draft.session = cut(value); break
      case 'x-spillway-prompt': setPrompt(draft, value); break
      case 'x-spillway-priority': priority = priorityOf(value); break
      case 'x-spillway-data-region': residency = regionOf(value); break
      case 'x-stainless-retry-count': retryCount = retriesOf(value); break
      case 'x-request-id': forward[name] = cut(value); break
      case 'tracestate': forward[name] = value.slice(0, 512); break
      case 'traceparent': setTrace(draft, forward, value); break
      default:
        if (first === 104) helicone ||= name.startsWith('helicone-')
        else if (name.startsWith(OWN_TAG)) nameOrTag(draft, name.slice(OWN_TAG.length), value)
    }
  }
  if (helicone) readHelicone(draft, headers)
  if (body.user !== null) draft.user ??= cut(body.user)
  if (body.prompt !== undefined && body.prompt !== null) readPrompt(draft, body.prompt)
  if (body.metadata !== null) readMetadata(draft, body.metadata)
  if (typeof headers['baggage'] === 'string') readBaggage(draft, headers['baggage'])
  return { attribution: draft, priority, residency, retryCount, forward }
}

function setTrace(draft: Draft, forward: Record<string, string>, value: string): void {
  const match = TRACEPARENT.exec(value)
  if (match === null || ALL_ZERO.test(match[1]!) || ALL_ZERO.test(match[2]!)) return
  draft.traceId = match[1]!
  draft.parentSpanId = match[2]!
  forward['traceparent'] = value.slice(0, 128)
}

/** `name@version`, or a name alone. */
function setPrompt(draft: Draft, value: string): void {
  const sign = value.lastIndexOf('@')
  draft.prompt = cut(sign > 0 ? value.slice(0, sign) : value)
  if (sign > 0 && sign < value.length - 1) draft.promptVersion = cut(value.slice(sign + 1))
}

/** The rest of the name is the tag's. */
const OWN_TAG = 'x-spillway-tag-'
const HELICONE_PROPERTY = 'helicone-property-'

/** https://docs.helicone.ai, "Header directory": user, session, prompt and custom properties. A session's name says what it is for: the feature. */
function readHelicone(draft: Draft, headers: IncomingHttpHeaders): void {
  for (const name in headers) {
    const value = headers[name]
    if (typeof value !== 'string' || !name.startsWith('helicone-')) continue
    if (name === 'helicone-user-id') draft.user ??= cut(value)
    else if (name === 'helicone-session-id') draft.session ??= cut(value)
    else if (name === 'helicone-session-path') nameOrTag(draft, 'session-path', value)
    else if (name === 'helicone-prompt-id') nameOrTag(draft, 'prompt', value)
    else if (name.startsWith(HELICONE_PROPERTY)) nameOrTag(draft, name.slice(HELICONE_PROPERTY.length), value)
  }
  const sessionName = headers['helicone-session-name']
  if (typeof sessionName === 'string') draft.feature ??= cut(sessionName)
}

function readMetadata(draft: Draft, metadata: Readonly<Record<string, unknown>>): void {
  for (const key of Object.keys(metadata)) {
    const value = metadata[key]
    if (typeof value === 'string') nameOrTag(draft, key, value)
    else if (typeof value === 'number' || typeof value === 'boolean') nameOrTag(draft, key, String(value))
  }
}

function readPrompt(draft: Draft, { id, version }: Readonly<Record<string, unknown>>): void {
  if (draft.prompt !== null || typeof id !== 'string' || id === '') return
  draft.prompt = cut(id)
  draft.promptVersion = typeof version === 'string' && version !== '' ? cut(version) : null
}

/** https://www.w3.org/TR/baggage: `key=value;property,key=value`, values percent-encoded. */
function readBaggage(draft: Draft, header: string): void {
  for (const member of header.slice(0, 8192).split(',', MAX_BAGGAGE_MEMBERS)) {
    const [pair = ''] = member.split(';', 1)
    const equals = pair.indexOf('=')
    if (equals <= 0) continue
    nameOrTag(draft, pair.slice(0, equals).trim(), decoded(pair.slice(equals + 1).trim()))
  }
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function nameOrTag(draft: Draft, key: string, value: string): void {
  if (value === '') return
  const named = Object.hasOwn(NAMED, key) ? NAMED[key] : undefined
  if (named === 'prompt') {
    if (draft.prompt === null) setPrompt(draft, value)
    return
  }
  if (named !== undefined) {
    draft[named] ??= cut(value)
    return
  }
  const tag = key.slice(0, MAX_TAG)
  if (tag === '' || tag === '__proto__' || Object.hasOwn(draft.tags, tag) || Object.keys(draft.tags).length >= MAX_TAGS) return
  draft.tags[tag] = value.slice(0, MAX_TAG)
}

function cut(value: string): string {
  return value.length > MAX_NAME ? value.slice(0, MAX_NAME) : value
}

function retriesOf(value: string): number | null {
  const count = Number(value)
  return Number.isInteger(count) && count >= 0 && count <= MAX_RETRIES ? count : null
}

function priorityOf(value: string): Priority {
  const name = value.trim().toLowerCase()
  if (PRIORITIES.includes(name)) return name as Priority
  throw new CallError('invalid_value', 'x-spillway-priority must be realtime, standard or batch.', 'x-spillway-priority')
}

function regionOf(value: string): string {
  const name = value.trim().toLowerCase()
  if (REGION.test(name)) return name
  throw new CallError('invalid_value', 'x-spillway-data-region must be a region such as eu or eu-central-1.', 'x-spillway-data-region')
}
