import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { type BodyRecord, bodyCommitment, openBody } from '../../prove/bodies/kept-body.ts'
import { redaction } from '../../prove/bodies/redact.ts'
import { KEYS } from '../../prove/leaf/testing.ts'
import { TenantKeys } from '../../prove/leaf/tenant-keys.ts'
import type { CallBodies } from '../../route/gateway/body-tap.ts'
import { memoryControl } from '../../store/control/memory.ts'
import { memoryJournal } from '../../store/journal-file/memory-journal.ts'
import type { ActRecord } from '../../prove/sequence/journal-leaves.ts'
import type { Redacted } from './redact-elsewhere.ts'
import type { ToRedactor } from './redact-worker.ts'
import { type KeepBodiesOptions, keepBodies, type KeepingBodies } from './keep-bodies.ts'

interface World {
  readonly store: ReturnType<typeof memoryControl>
  readonly keeper: KeepingBodies
  readonly failures: unknown[]
  readonly records: () => Promise<BodyRecord[]>
  /** The plain text of a record, with the key that the store has now; null = none opens it. */
  readonly open: (record: BodyRecord, keys?: TenantKeys) => Promise<Buffer | null>
}

function world(over: Partial<KeepBodiesOptions> = {}): World {
  const [store, journal, failures] = [memoryControl(), memoryJournal(), [] as unknown[]]
  return {
    store,
    failures,
    keeper: keepBodies({ store, keys: KEYS, journal, maxBytes: 1000, redact: redaction(['email']), later: null, random: randomBytes, onFailure: (error) => failures.push(error), ...over }),
    records: async () => {
      const found: BodyRecord[] = []
      for await (const { record } of journal.read(0)) found.push(record as BodyRecord)
      return found
    },
    open: async (record, keys = KEYS) => {
      const wrapped = await store.subjects.get(record.tenant, record.subject)
      const key = wrapped === null ? null : keys.unwrapSubjectKey(record.tenant, record.subject, wrapped)
      return key === null ? null : openBody(key, record)
    },
  }
}

const bodies = (id: string, user: string | null, parts: Partial<CallBodies> = {}): CallBodies => ({ id, tenant: 'acme', user, at: 5, request: Buffer.from('ask maria@example.com'), response: Buffer.from('answer'), truncated: false, ...parts })

it('what is in the journal opens with the key of the user alone, and is what was committed to', async () => {
  const { keeper, records, open } = world()
  const commitment = keeper.keep(bodies('call_1', 'maria'))
  await keeper.idle()
  const [record] = await records()
  expect(JSON.stringify(record)).not.toMatch(/answer|maria/u)
  const plain = (await open(record!))!
  expect(commitment).toEqual({ commitment: bodyCommitment(plain), redacted: 1 })
  expect(JSON.parse(plain.toString())).toEqual({ v: 1, call: 'call_1', salt: expect.stringMatching(/^[0-9a-f]{64}$/u), request: 'ask [email]', response: 'answer', truncated: false, redacted: 1 })
  expect(await open(record!, new TenantKeys(Buffer.alloc(32, 9)))).toBeNull()
  // A body that is passed off as another call's, or as another user's.
  expect(await open({ ...record!, call: 'call_2' })).toBeNull()
  keeper.keep(bodies('call_3', 'tom'))
  await keeper.idle()
  expect(await open({ ...record!, subject: (await records())[1]!.subject })).toBeNull()
})

it('the same text has another commitment each time: nobody can guess it', () => {
  const { keeper } = world()
  expect(keeper.keep(bodies('call_1', 'maria'))).not.toEqual(keeper.keep(bodies('call_1', 'maria')))
})

it('after an erasure the old bodies do not open, new ones of the same user do, and those of others as before', async () => {
  const { store, keeper, records, open } = world()
  keeper.keep(bodies('call_1', 'maria'))
  keeper.keep(bodies('call_2', 'tom'))
  await keeper.idle()
  await store.subjects.erase('acme', KEYS.pseudonym('acme', 'maria'))
  keeper.keep(bodies('call_3', 'maria'))
  keeper.keep(bodies('call_4', null))
  await keeper.idle()
  expect(await Promise.all((await records()).map(async (record) => (await open(record)) !== null))).toEqual([false, true, true, true])
})

it('a store that refuses is said, and calls go on; where too many wait, no leaf claims that they are kept', async () => {
  const store = memoryControl()
  const { keeper, failures, records } = world({ store })
  await store.close()
  keeper.keep(bodies('call_1', 'maria'))
  await keeper.idle()
  expect([failures, await records()]).toEqual([[expect.objectContaining({ code: 'CONTROL_CLOSED' })], []])
  const kept = Array.from({ length: 1001 }, (_, n) => keeper.keep(bodies(`call_${n}`, 'maria')))
  expect([kept.slice(0, 1000).includes(null), kept[1000]]).toEqual([false, null])
  await keeper.idle()
})

/** As a hook that breaks, or wants nothing kept, by what is asked. */
const redact = async ({ request, response }: ToRedactor): Promise<Redacted | null> => {
  if (request === 'break') throw new Error('canary')
  return Promise.resolve(request === 'refuse' ? null : { request: request.toUpperCase(), response, removed: 4 })
}

it('what is redacted later is committed to by an act of its own; what cannot be redacted is not kept, and neither is what the hook refuses', async () => {
  const acts: ActRecord[] = []
  const { keeper, records, open, failures } = world({ later: { redactor: { redact }, append: (record) => acts.push(record) } })
  for (const [id, request] of [['call_1', 'break'], ['call_2', 'refuse'], ['call_3', 'ask']] as const) expect(keeper.keep(bodies(id, 'maria', { request: Buffer.from(request) }))).toEqual({ commitment: null, redacted: 0 })
  await keeper.idle()
  const kept = await records()
  expect([kept.map(({ call }) => call), failures]).toEqual([['call_3'], [new Error('canary')]])
  const plain = (await open(kept[0]!))!
  expect(JSON.parse(plain.toString())).toMatchObject({ call: 'call_3', request: 'ASK', response: 'answer', redacted: 4 })
  expect(acts.map(({ leaf }) => leaf)).toEqual([{ leaf: 'body-kept', v: 1, at: '1970-01-01T00:00:00.005Z', actor: null, tenant: 'acme', call: 'call_3', commitment: bodyCommitment(plain), redacted: 4 }])
})
