import Type from 'typebox'
import { SpillwayError } from '../../core/errors.ts'
import { POLICY } from '../../prove/bundle/bundle-format.ts'
import { VERIFIER_KEY } from '../../prove/log/log-files.ts'
import { openCheckpoint } from '../../prove/note/checkpoint.ts'
import { parseVerifierKey, type Verifier } from '../../prove/note/keys.ts'
import { parsePolicy } from '../../prove/note/policy.ts'
import { parseProof } from '../../prove/note/tlog-proof.ts'
import { directorySource, type TileSource } from '../../prove/tiles/tile-source.ts'
import { leafHash } from '../../prove/tree/hash.ts'
import { currentCheckpoint, proverOf } from '../../prove/verify/prove-entry.ts'
import { witnessedSource } from '../../prove/verify/witnessed-source.ts'
import { ApiError } from '../api/api-error.ts'
import { Turns } from '../api/turns.ts'
import { auditFolder } from '../audit/audit-home.ts'
import { findCall } from '../audit/find-call.ts'
import { type Asked, manageRoute, type ManageRoute } from './route.ts'
import { list, object, oneOf, orNull, text } from './shapes.ts'

const count = (description: string) => Type.Integer({ minimum: 0, description })
const hash = (description: string) => text(`${description}: 32 bytes in base64`)
const checkpoint = text('a signed note (C2SP tlog-checkpoint), verbatim')
const key = text("the log's verifier key; compare it with one that you have from elsewhere")
/** Proofs that are made at once, of one who asks and in all: each reads files. */
const proofs = new Turns(2, 4)

export const auditRoutes: readonly ManageRoute[] = [
  manageRoute({
    method: 'GET',
    path: '/api/v1/audit',
    permission: 'audit',
    summary: 'The newest checkpoint of the log that outsiders can verify, who has signed it, and how far the log is',
    body: null,
    answer: object({
      mode: oneOf(['off', 'besteffort', 'strict'], 'as in the configuration'),
      models: list(object({ models: text('a name; * at the end stands for any rest'), mode: oneOf(['off', 'besteffort', 'strict'], 'of calls of these') }), 'modes by model, the first that fits'),
      log: orNull(object({ origin: text("the log's name"), size: count('entries'), root: hash('the root of the tree'), checkpoint, key }), 'null = there is none'),
      stopped: orNull(text('a code'), 'why the log has stopped; null = it runs, or is off'),
      witnesses: list(object({ name: text('of its key'), size: orNull(count('entries'), 'what it signed for last'), failure: orNull(text('why'), 'why the last try failed; null = it did not') }), 'that are asked to sign'),
      quorum: count('how many of them must have signed'),
      coverage: object({ behindBytes: count('of the journal that the log has still to take'), lostRecords: count('that the journal has lost since the server started') }),
    }),
    handle: async ({ desk }) => {
      const { audit } = desk.config()
      const status = desk.audit()
      const { bytes, lost } = desk.journal()
      return {
        mode: audit.mode,
        models: audit.models?.map(({ models, mode }) => ({ models, mode })) ?? [],
        log: await orCode(() => logOf(directorySource(auditFolder(desk.dataDir)))),
        stopped: status?.stopped ?? null,
        witnesses: status?.witnesses.map(({ name, size, failure }) => ({ name, size, failure })) ?? [],
        quorum: audit.quorum,
        coverage: { behindBytes: status === null ? 0 : Math.max(0, bytes - status.position), lostRecords: lost },
      }
    },
  }),
  manageRoute({
    method: 'GET',
    path: '/api/v1/audit/calls/{id}',
    permission: 'audit',
    summary: 'The proof that a call is in the log: all that is needed to check it without this server, but for the key',
    body: null,
    answer: object({ index: count('of the entry'), leaf: text('the entry itself, canonical JSON in base64'), leafHash: hash('of the entry (RFC 6962)'), proof: list(hash('a hash'), 'from the leaf to the root'), checkpoint, key }),
    handle: (asked) => proofs.take(`${asked.caller.kind}:${asked.caller.id}`, () => proveCall(asked)),
  }),
]

async function logOf(source: TileSource): Promise<object | null> {
  const verifier = await verifierOf(source)
  if (verifier === null) return null
  const { bytes } = await currentCheckpoint(source, verifier)
  const { origin, size, root } = openCheckpoint(bytes, verifier)
  return { origin, size: Number(size), root: base64(root), checkpoint: bytes.toString('utf8'), key: verifier.text }
}

async function proveCall({ desk, caller: { tenant }, id, act }: Asked<unknown>): Promise<object> {
  const source = directorySource(auditFolder(desk.dataDir))
  const verifier = await verifierOf(source)
  if (verifier === null) throw new ApiError('audit_off', 'There is no audit log here. Make one with "spillway audit init" and set audit.mode.')
  return orCode(async () => {
    const index = await findCall(source, verifier, { id, tenant, endedAt: await desk.endOfCall(tenant, id) })
    if (index === null) throw new ApiError('not_found', 'The log has no entry of such a call. A call is in it a second or two after it has ended; "spillway audit prove" looks through all of it.')
    const policy = await source.read(POLICY)
    const witnessed = policy === null ? null : await witnessedSource(source, verifier, parsePolicy(policy.toString('utf8'), POLICY))
    // What the witnesses have not signed for yet is proven by the log's own checkpoint.
    const covers = witnessed !== null && index < (await currentCheckpoint(witnessed, verifier)).size
    const { extra, proof, checkpoint: signed } = parseProof(Buffer.from(await (await proverOf(covers ? witnessed : source, verifier)).prove(index)))
    const leaf = extra!
    await desk.store.acts.add(act({ leaf: 'proof-given', tenant, call: id }))
    return { index, leaf: leaf.toString('base64'), leafHash: base64(leafHash(leaf)), proof: proof.map(base64), checkpoint: signed.toString('utf8'), key: verifier.text }
  })
}

/** What is wrong with a log is told by its code alone: the words name folders. */
async function orCode<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof SpillwayError && error.code.startsWith('AUDIT_')) throw new ApiError('unavailable', `The log cannot be gone by: ${error.code}. "spillway audit verify" says what is wrong.`, null, { retryAfterSeconds: 5 })
    throw error
  }
}

async function verifierOf(source: TileSource): Promise<Verifier | null> {
  const found = await source.read(VERIFIER_KEY)
  return found === null ? null : parseVerifierKey(found.toString('utf8'))
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
