import type { TenantKeys } from '../../prove/leaf/tenant-keys.ts'
import { type BodyRecord, bodyCommitment, encodeBody, sealBody, SUBJECT_KEY_BYTES } from '../../prove/bodies/kept-body.ts'
import type { Redaction } from '../../prove/bodies/redact.ts'
import type { BodyKeeper } from '../../route/gateway/body-tap.ts'
import type { ControlStore } from '../../store/control.ts'
import type { Journal } from '../../store/journal.ts'

/** Bodies that wait to be encrypted; what comes beyond is not kept, and no leaf claims that it is. */
const MOST_WAITING = 1000

export interface KeepBodiesOptions {
  readonly store: Pick<ControlStore, 'subjects'>
  readonly keys: TenantKeys
  /** Of the bodies alone, apart from that of the records. */
  readonly journal: Journal
  readonly maxBytes: number
  readonly redact: Redaction
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
export function keepBodies({ store, keys, journal, maxBytes, redact, random, onFailure }: KeepBodiesOptions): KeepingBodies {
  let waiting = 0
  let last: Promise<void> = Promise.resolve()

  async function put(where: Pick<BodyRecord, 'call' | 'tenant' | 'subject' | 'at'>, plain: Buffer): Promise<void> {
    try {
      const { tenant, subject } = where
      const wrapped = await store.subjects.getOrPut(tenant, subject, keys.wrapSubjectKey(tenant, subject, random(SUBJECT_KEY_BYTES), random))
      const key = keys.unwrapSubjectKey(tenant, subject, wrapped)
      if (key === null) throw new Error("a subject's key is not one of this installation's")
      journal.append({ kind: 'body', schemaVersion: 1, ...where, sealed: sealBody(key, where, plain, random) } satisfies BodyRecord)
    } catch (error) {
      onFailure(error)
    } finally {
      waiting--
    }
  }

  return {
    maxBytes,
    keep: ({ id, tenant, user, at, request, response, truncated }) => {
      if (waiting >= MOST_WAITING) return null
      const [asked, answered] = [redact(request.toString('utf8')), redact(response.toString('utf8'))]
      const plain = encodeBody({ v: 1, call: id, salt: Buffer.from(random(32)).toString('hex'), request: asked.text, response: answered.text, truncated, redacted: asked.removed + answered.removed })
      const where = { call: id, tenant, subject: keys.pseudonym(tenant, user ?? ''), at }
      waiting++
      last = last.then(() => put(where, plain))
      return bodyCommitment(plain)
    },
    idle: () => last,
  }
}
