import { cut, utc } from '../../prove/leaf/call-leaf.ts'
import type { TenantKeys } from '../../prove/leaf/tenant-keys.ts'
import type { ActRecord } from '../../prove/sequence/journal-leaves.ts'
import { type BodyRecord, bodyCommitment, encodeBody, sealBody, SUBJECT_KEY_BYTES } from '../../prove/bodies/kept-body.ts'
import type { Redaction } from '../../prove/bodies/redact.ts'
import type { BodyKeeper } from '../../route/gateway/body-tap.ts'
import type { ControlStore } from '../../store/control.ts'
import type { Journal } from '../../store/journal.ts'
import type { Redacted, Redactor } from './redact-elsewhere.ts'

type Where = Pick<BodyRecord, 'call' | 'tenant' | 'subject' | 'at'>

/** Bodies that wait to be encrypted; what comes beyond is not kept, and no leaf claims that it is. */
const MOST_WAITING = 1000

export interface KeepBodiesOptions {
  readonly store: Pick<ControlStore, 'subjects'>
  readonly keys: TenantKeys
  /** Of the bodies alone, apart from that of the records. */
  readonly journal: Journal
  readonly maxBytes: number
  readonly redact: Redaction
  /** Redacts in place of `redact`, later: what is kept, and to what, is then an act of its own. Null = `redact` does it, at once. */
  readonly later: { readonly redactor: Pick<Redactor, 'redact'>; readonly append: (record: ActRecord) => void } | null
  readonly random: (bytes: number) => Uint8Array
  readonly onFailure: (error: unknown) => void
}

export interface KeepingBodies extends BodyKeeper {
  /** Resolves when all that was taken is in the journal. */
  readonly idle: () => Promise<void>
}

/**
 * Keeps bodies encrypted, each under the key of the user that it is about. The key is in the control store, wrapped by the
 * tenant's, and is asked for each time: once it is erased a new one is made, and nothing in memory opens the old bodies.
 */
export function keepBodies({ store, keys, journal, maxBytes, redact, later, random, onFailure }: KeepBodiesOptions): KeepingBodies {
  let waiting = 0
  let last: Promise<void> = Promise.resolve()

  async function put(where: Where, plain: Buffer): Promise<void> {
    const { tenant, subject } = where
    const wrapped = await store.subjects.getOrPut(tenant, subject, keys.wrapSubjectKey(tenant, subject, random(SUBJECT_KEY_BYTES), random))
    const key = keys.unwrapSubjectKey(tenant, subject, wrapped)
    if (key === null) throw new Error("a subject's key is not one of this installation's")
    journal.append({ kind: 'body', schemaVersion: 1, ...where, sealed: sealBody(key, where, plain, random) } satisfies BodyRecord)
  }

  const plainOf = (call: string, { request, response, removed }: Redacted, truncated: boolean): Buffer => encodeBody({ v: 1, call, salt: Buffer.from(random(32)).toString('hex'), request, response, truncated, redacted: removed })

  /** One after the other, so that a hook has one call at a time. What fails is not kept: better no text than one that should not be. */
  function enqueue(work: () => Promise<void>): void {
    waiting++
    last = last
      .then(work)
      .catch(onFailure)
      .finally(() => waiting--)
  }

  async function putLater({ redactor, append }: NonNullable<KeepBodiesOptions['later']>, where: Where, parts: { readonly request: string; readonly response: string }, truncated: boolean): Promise<void> {
    const redacted = await redactor.redact(parts)
    if (redacted === null) return
    const plain = plainOf(where.call, redacted, truncated)
    await put(where, plain)
    append({ kind: 'act', schemaVersion: 1, leaf: { leaf: 'body-kept', v: 1, at: utc(where.at), actor: null, tenant: cut(where.tenant), call: cut(where.call), commitment: bodyCommitment(plain), redacted: redacted.removed } })
  }

  return {
    maxBytes,
    keep: ({ id, tenant, user, at, request, response, truncated }) => {
      if (waiting >= MOST_WAITING) return null
      const where = { call: id, tenant, subject: keys.pseudonym(tenant, user ?? ''), at }
      const parts = { request: request.toString('utf8'), response: response.toString('utf8') }
      if (later !== null) {
        enqueue(() => putLater(later, where, parts, truncated))
        return { commitment: null, redacted: 0 }
      }
      const [asked, answered] = [redact(parts.request), redact(parts.response)]
      const removed = asked.removed + answered.removed
      const plain = plainOf(id, { request: asked.text, response: answered.text, removed }, truncated)
      enqueue(() => put(where, plain))
      return { commitment: bodyCommitment(plain), redacted: removed }
    },
    idle: () => last,
  }
}
