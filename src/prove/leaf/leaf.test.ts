import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { callLeaf, recordCommitment } from './call-leaf.ts'
import { canonicalJson, type Json } from './canonical-json.ts'
import { decodeLeaf, encodeLeaf } from './leaf.ts'
import { ADMIN_LEAF, type AdminLeaf, type Leaf } from './schema.ts'
import { TenantKeys } from './tenant-keys.ts'
import { callRecord, KEYS } from './testing.ts'

const invalid = expect.objectContaining({ code: 'AUDIT_LEAF_INVALID' })
const context = { seq: 16, build: '0.1.0', keys: KEYS }

describe('canonical JSON (RFC 8785)', () => {
  it.each([
    // RFC 8785, 3.2.2 and 3.2.3: the example of numbers and strings, and the order by UTF-16 units.
    [{ numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 0.000000000000000000000000001], string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/', literals: [null, true, false] }, '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'],
    [{ '\u20ac': 'Euro Sign', '\r': 'Carriage Return', '\ufb33': 'Hebrew Letter Dalet With Dagesh', '1': 'One', '\ud83d\ude00': 'Emoji: Grinning Face', '\u0080': 'Control', '\u00f6': 'Latin Small Letter O With Diaeresis' }, '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis","\u20ac":"Euro Sign","\ud83d\ude00":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}'],
    [[-0, 1e21, 5e-324, 2 ** 53], '[0,1e+21,5e-324,9007199254740992]'],
    [{ b: undefined, a: {} }, '{"a":{}}'],
  ] as const)('example %#', (value, text) => {
    expect(canonicalJson(value as unknown as Json)).toBe(text)
  })

  it('is the same for the same value, in whatever order its members came, and means that value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false, maxDepth: 5 } as never), (value) => {
        const text = canonicalJson(value as Json)
        // Minus zero is written as zero.
        expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(JSON.parse(canonicalJson(reversed(value as Json)))))
        expect(canonicalJson(reversed(value as Json))).toBe(text)
      }),
    )
  })

  it.each([[Number.NaN], [Infinity], ['\ud800'], [{ '\udc00': 1 }], [() => 1], [1n], [Array.from({ length: 40 }).reduce<Json>((inner) => [inner], 1)]])('has no spelling for %s', (value) => {
    expect(() => canonicalJson(value as Json)).toThrowError(invalid)
  })
})

describe("a call's leaf", () => {
  const leaf = callLeaf(callRecord(), context)

  // The three hashes come from a program of a few lines in another language.
  it('says what happened, as these bytes: version 1 never changes', () => {
    expect(encodeLeaf(leaf).toString()).toBe(
      '{"api":"chat","attempts":2,"build":"0.1.0","config":"bad78e649715","cost":{"nanoUsd":"43210","prices":"example@2026-11-09","status":"complete"},"end":"2026-11-25T08:00:01.200Z","endpoint":"10.0.0.5:8000","error":null,"failed":[{"error":"unavailable","pool":"floor","status":503}],"finish":"stop","id":"call_1","key":"key_1","leaf":"call","model":{"asked":"llama-3.1-8b","served":"meta-llama/Llama-3.1-8B-Instruct"},"outcome":"ok","pool":"spill","queuedMs":0,"reason":"floor-saturated","record":"7d833d16d1596559f0779fb49d250431093d3d322bdba035374b4cd411755ea2","request":{"bytes":4620,"commitment":"c7dcac9731e62f3a5189471cb97d1792bff092ee7eeac90a81bf5494ee3e3691"},"residency":"eu","response":{"bytes":18233},"seq":16,"start":"2026-11-25T08:00:00.000Z","status":200,"streamed":true,"tenant":"acme","tokens":{"cacheRead":343,"inputUncached":812,"output":156},"tokensFrom":"upstream","ttftMs":84.5,"user":"bc1ffd589daf720dbfac214709c21ca0","v":1}',
    )
    expect(decodeLeaf(encodeLeaf(leaf))).toEqual(leaf)
  })

  it('says more where there is more: bodies, what was redacted in them, the system', () => {
    const hashes = { request: 'a'.repeat(64), response: 'c'.repeat(64) }
    const both = { asked: KEYS.commitment('acme', 'asked', hashes.request), answered: KEYS.commitment('acme', 'answered', hashes.response) }
    expect(callLeaf(callRecord({ hashes }), context)).toEqual({ ...leaf, ...both, record: expect.not.stringMatching(leaf.record) })
    expect(callLeaf(callRecord({ hashes: { request: null, response: hashes.response } }), context)).not.toHaveProperty('asked')
    expect(JSON.stringify(callLeaf(callRecord({ hashes }), context))).not.toMatch(/a{64}|c{64}/u)
    const more = { body: 'b'.repeat(64), redacted: 3, system: 'triage' }
    expect(decodeLeaf(encodeLeaf(callLeaf(callRecord(more), context)))).toEqual({ ...leaf, ...more, record: expect.stringMatching(/^[0-9a-f]{64}$/u) })
  })

  it('names no user and holds no plain hash: pseudonym and commitments need the key', () => {
    const text = encodeLeaf(leaf).toString()
    expect(text).not.toMatch(/maria|example\.com|9f86d081884c7d65/u)
    const other = callLeaf(callRecord(), { ...context, keys: new TenantKeys(Buffer.alloc(32, 4)) })
    expect([other.user, other.record, other.request.commitment]).not.toContain(leaf.user)
    expect(other.record).not.toBe(leaf.record)
    expect(other.request.commitment).not.toBe(leaf.request.commitment)
  })

  it('the same user has the same pseudonym in a tenant, another in the next', () => {
    const user = (tenant: string): unknown => callLeaf(callRecord({ tenant }), context).user
    expect(user('acme')).toBe(user('acme'))
    expect(user('acme')).not.toBe(user('globex'))
    expect(callLeaf(callRecord({ attribution: { ...callRecord().attribution, user: null } }), context).user).toBeNull()
  })

  it('commits to every field of the record', () => {
    expect(recordCommitment(callRecord(), KEYS)).toBe(leaf.record)
    const changed = [{ tpotMs: 11.3 }, { priority: 'batch' as const }, { attribution: { ...callRecord().attribution, tags: { a: 'b' } } }, { tenant: 'acme2' }]
    for (const parts of changed) expect(recordCommitment(callRecord(parts), KEYS)).not.toBe(leaf.record)
  })

  it('takes what clients write: long names, half surrogates, control characters, any fraction of a millisecond', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), fc.integer({ min: 0, max: 0xffff }), fc.double({ min: 0, max: 1e7, noNaN: true }), (name, unit, ms) => {
        const odd = name + String.fromCharCode(unit)
        const encoded = encodeLeaf(callLeaf(callRecord({ modelAsked: odd, tenant: odd, residency: odd, queuedMs: ms, ttftMs: ms, attempts: Array.from({ length: 20 }, () => ({ ...callRecord().attempts[0]!, pool: odd, error: odd })), attribution: { ...callRecord().attribution, user: odd, tags: { [odd]: odd } } }), context))
        expect(encoded.length).toBeLessThan(65_536)
        expect(encodeLeaf(decodeLeaf(encoded))).toEqual(encoded)
      }),
    )
  })
})

describe('administrative leaves', () => {
  const at = '2026-11-25T08:00:00.000Z'
  const acts: readonly AdminLeaf[] = [
    { leaf: 'log-started', v: 1, at, actor: null, build: '0.1.0' },
    { leaf: 'log-stopped', v: 1, at, actor: null, reason: 'SIGTERM' },
    { leaf: 'config', v: 1, at, actor: null, version: 'bad78e649715', build: '0.1.0' },
    { leaf: 'key-created', v: 1, at, actor: 'admin', tenant: 'acme', key: 'key_1' },
    { leaf: 'key-rotated', v: 1, at, actor: 'admin', tenant: 'acme', key: 'key_1' },
    { leaf: 'key-disabled', v: 1, at, actor: 'admin', tenant: 'acme', key: 'key_1', undone: false },
    { leaf: 'key-changed', v: 1, at, actor: 'admin', tenant: 'acme', key: 'key_1', changed: 'limits' },
    { leaf: 'user-invited', v: 1, at, actor: 'user:user_1', tenant: 'acme', role: 'auditor' },
    { leaf: 'user-created', v: 1, at, actor: 'user:user_2', tenant: null, user: 'user_2', role: 'owner', by: 'setup' },
    { leaf: 'user-changed', v: 1, at, actor: 'user:user_1', tenant: 'acme', user: 'user_2', changed: 'role viewer' },
    { leaf: 'secret', v: 1, at, actor: 'admin', secret: 'together', action: 'stored' },
    { leaf: 'intent', v: 1, at, actor: null, tenant: 'acme', key: 'key_1', call: 'call_1', api: 'chat', model: 'm', config: 'bad78e649715' },
    { leaf: 'breaker', v: 1, at, actor: null, pool: 'floor', endpoint: '10.0.0.4:8000', state: 'open' },
    { leaf: 'human-review', v: 1, at, actor: 'cli:op', call: 'call_1', reviewer: 'officer-7', decision: 'approved' },
    { leaf: 'budget-changed', v: 1, at, actor: 'admin', tenant: 'acme', budget: 'b1', scope: 'key', limitNanoUsd: '20000000000' },
    { leaf: 'kill', v: 1, at, actor: null, tenant: 'acme', key: 'key_1', model: 'm', action: 'killed', repeats: 3, spentNanoUsd: '5' },
    { leaf: 'gap', v: 1, at, actor: null, reason: 'crash', lost: null, from: null, until: at },
    { leaf: 'retention', v: 1, at, actor: 'admin', days: 200, override: null, before: null },
    { leaf: 'erasure', v: 1, at, actor: 'dpo', tenant: 'acme', subject: 'a'.repeat(32), basis: 'GDPR Art. 17' },
    { leaf: 'body-kept', v: 1, at, actor: null, tenant: 'acme', call: 'call_1', commitment: 'b'.repeat(64), redacted: 2 },
    { leaf: 'log-read', v: 1, at, actor: 'key:key_2', tenant: 'acme' },
    { leaf: 'proof-given', v: 1, at, actor: 'key_2', tenant: 'acme', call: 'call_1' },
    { leaf: 'body-read', v: 1, at, actor: 'auditor', tenant: 'acme', call: 'call_1', purpose: 'complaint' },
    { leaf: 'export', v: 1, at, actor: 'auditor', from: at, to: null, tenant: null, recipient: 'authority' },
    { leaf: 'incident', v: 1, at, actor: 'admin', incident: 'i1', phase: 'opened', category: 'general', days: 15, note: '' },
  ]

  it('one of each kind', () => {
    expect(acts.map(({ leaf }) => leaf).toSorted()).toEqual(ADMIN_LEAF.anyOf.map(({ properties }) => (properties as { leaf: { const: string } }).leaf.const).toSorted())
  })

  it.each(acts.map((one) => [one.leaf, one] as const))('%s: there and back; a field more, less, of another kind, or another version is refused', (_, one) => {
    expect(decodeLeaf(encodeLeaf(one))).toEqual(one)
    const { at: _at, ...less } = one
    for (const wrong of [{ ...one, more: 1 }, less, { ...one, actor: 7 }, { ...one, v: 2 }, { ...one, leaf: 'other' }, { ...one, at: '2026-11-25 08:00' }]) expect(() => encodeLeaf(wrong as Leaf)).toThrowError(invalid)
  })

  it.each(['', 'x', 'null', '[]', '{"leaf":"call"}', '{ "leaf":"log-stopped"}'])('"%s" is none', (text) => {
    expect(() => decodeLeaf(Buffer.from(text))).toThrowError(invalid)
  })

  it('in another spelling is none: spaces, another order, an escape that need not be', () => {
    const text = encodeLeaf(acts[1]!).toString()
    for (const other of [text.replace(',', ', '), text.replace('SIGTERM', 'SIGTER\\u004d'), JSON.stringify(acts[1])]) {
      expect(JSON.parse(other)).toEqual(acts[1])
      expect(() => decodeLeaf(Buffer.from(other))).toThrowError(invalid)
    }
  })
})

function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => reversed(item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).reverse().map(([name, member]) => [name, reversed(member as Json)]))
}
