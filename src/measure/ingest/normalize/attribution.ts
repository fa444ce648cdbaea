import type { Attribution } from '../../../core/call.ts'
import type { AttributeMap, AttributeValue } from '../span.ts'
import { clean, type Facts, shortText } from './facts.ts'

const MAX_TAG = 64
const MAX_TAGS = 16

/** Names under which users put these into metadata. */
const NAMED: Readonly<Record<string, 'user' | 'session' | 'feature' | 'prompt'>> = {
  user: 'user', user_id: 'user', userId: 'user', 'user.id': 'user',
  session: 'session', session_id: 'session', sessionId: 'session', 'session.id': 'session', conversation_id: 'session', thread_id: 'session',
  feature: 'feature',
  prompt: 'prompt', promptName: 'prompt', prompt_name: 'prompt',
}

/** Whom and what a span is attributed to, as far as it says so itself. */
export function attributionOf(facts: Facts, traceId: string, parentSpanId: string | null): Attribution {
  const own = { user: unscrubbed(facts.text('user')), session: unscrubbed(facts.text('session')), feature: facts.text('feature'), prompt: facts.text('prompt') }
  const tags = new Tags()
  for (const [name, value] of [...facts.tags, ...labels(facts.value('labels'))]) {
    const text = shortText(value, 256)
    if (text === null) continue
    const field = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined
    if (field === undefined) tags.add(name, text)
    else own[field] ??= text
  }
  const environment = facts.text('environment')
  const service = facts.text('service')
  if (environment !== null) tags.add('environment', environment)
  // The SDKs' default says nothing.
  if (service !== null && !service.startsWith('unknown_service')) tags.add('service', service)
  return { ...own, promptVersion: facts.text('promptVersion'), traceId, parentSpanId, tags: tags.all }
}

/** Logfire writes over what it takes for a secret, such as every `session.id`: one text for all is nobody's session. */
function unscrubbed(id: string | null): string | null {
  return id?.startsWith('[Scrubbed due to') === true ? null : id
}

/** Langfuse's list of words, each a tag of its own; OpenInference's metadata as JSON text. */
function labels(value: AttributeValue | undefined): readonly (readonly [string, AttributeValue])[] {
  if (Array.isArray(value)) return value.filter((one) => typeof one === 'string').map((one) => [one, 'true'] as const)
  const parsed = typeof value === 'string' && value.length < 16_384 && value.startsWith('{') ? parse(value) : value
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? Object.entries(parsed as AttributeMap) : []
}

function parse(text: string): AttributeValue | undefined {
  try {
    return JSON.parse(text) as AttributeValue
  } catch {
    return undefined
  }
}

/** At most 16 tags of 64 characters; the first of a name counts. */
export class Tags {
  readonly all: Record<string, string> = {}
  #count = 0

  add(name: string, value: string): void {
    const key = clean(name, MAX_TAG)
    if (key === '' || key === '__proto__' || this.#count >= MAX_TAGS || Object.hasOwn(this.all, key)) return
    this.all[key] = clean(value, MAX_TAG)
    this.#count++
  }
}
