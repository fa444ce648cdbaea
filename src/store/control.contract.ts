import { describePeople } from './people.contract.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BudgetRow, ControlStore, KeyRow, Reserved } from './control.ts'
import type { PlanRow } from './plans.ts'

/** What every control store must do. `open` gives an empty one. */
export function describeControlStore(name: string, open: () => Promise<ControlStore>): void {
  describe(`control store: ${name}`, () => {
    let store: ControlStore

    beforeEach(async () => {
      store = await open()
    })

    afterEach(() => store.close())

    describe('plans', () => {
      it('come back as they went in, the newest first, and of their tenant alone', async () => {
        const [old, young, foreign] = [plan('a'), plan('b', { savedAt: 2 }), plan('c', { tenant: 'u' })]
        await store.plans.put(old, { n: 1 })
        await store.plans.put(young)
        await store.plans.put(foreign)
        expect(await store.plans.list('t')).toEqual([young, old])
        expect(await store.plans.list('u')).toEqual([foreign])
        await store.plans.put({ ...old, title: 'new', savedAt: 3 })
        expect((await store.plans.list('t')).map(({ title }) => title)).toEqual(['new', young.title])
        expect((await store.acts.list(10)).map(({ act }) => act)).toEqual([{ n: 1 }])
      })

      it('are removed in their tenant alone, with the act or not at all', async () => {
        await store.plans.put(plan('a'))
        expect([await store.plans.remove('u', plan('a').id, { n: 1 }), await store.plans.remove('t', plan('a').id, { n: 2 }), await store.plans.remove('t', plan('a').id, { n: 3 })]).toEqual([false, true, false])
        expect((await store.acts.list(10)).map(({ act }) => act)).toEqual([{ n: 2 }])
      })

      it('are a hundred of a tenant at most: the oldest goes', async () => {
        for (let n = 0; n <= 100; n++) await store.plans.put(plan(`n${n}`, { savedAt: n }))
        const kept = await store.plans.list('t')
        expect([kept.length, kept.at(-1)?.savedAt]).toEqual([100, 1])
      })

      it.each([
        ['an id of another shape', { id: 'x' }],
        ['no title', { title: ' ' }],
        ['a title with a line break', { title: 'a\nb' }],
        ['no tenant', { tenant: '' }],
        ['a cost below zero', { summary: { ...plan('a').summary, monthlyUsd: -1 } }],
        ['a cost that is no number', { summary: { ...plan('a').summary, otherUsd: Number.NaN } }],
      ] as const)('are refused with %s', async (_, over) => {
        await expect(store.plans.put(plan('a', over))).rejects.toMatchObject({ code: 'CONTROL_ROW_INVALID' })
        expect(await store.plans.list('t')).toEqual([])
      })
    })

    describe('keys of subjects', () => {
      it('the first stays, for each subject of each tenant, until it is erased; then another comes in its place', async () => {
        const put = async (tenant: string, subject: string, byte: number): Promise<number[]> => [...(await store.subjects.getOrPut(tenant, subject, Uint8Array.of(byte)))]
        expect([await put('t', 'a', 1), await put('t', 'a', 2), await put('t', 'b', 3), await put('u', 'a', 4)]).toEqual([[1], [1], [3], [4]])
        expect([await store.subjects.erase('t', 'a', { n: 1 }), await store.subjects.erase('t', 'a', { n: 2 })]).toEqual([true, false])
        expect(await store.subjects.get('t', 'a')).toBeNull()
        expect([...(await store.subjects.get('u', 'a'))!]).toEqual([4])
        expect(await put('t', 'a', 5)).toEqual([5])
        expect((await store.acts.list(9)).map(({ act }) => act)).toEqual([{ n: 1 }])
      })
    })

    describe('acts', () => {
      it('wait in order until they are taken, each under an id of its own', async () => {
        for (const n of [1, 2, 3]) await store.acts.add({ n })
        const [first, second] = await store.acts.list(2)
        expect([first!.act, second!.act]).toEqual([{ n: 1 }, { n: 2 }])
        await store.acts.remove(second!.place)
        await store.acts.add({ n: 4 })
        const rest = await store.acts.list(100)
        expect(rest.map(({ act }) => act)).toEqual([{ n: 3 }, { n: 4 }])
        expect(new Set([first!, second!, ...rest].map(({ id }) => id)).size).toBe(4)
        await store.acts.remove(rest.at(-1)!.place)
        await store.acts.add({ n: 5 })
        expect((await store.acts.list(1))[0]!.place).toBeGreaterThan(rest.at(-1)!.place)
      })

      it('are stored with the change that they are about', async () => {
        await store.keys.insert(key('key_a'), { n: 1 })
        await store.keys.update('key_a', { disabledAt: 5 }, { n: 2 })
        await store.budgets.put({ id: 'b', tenant: 't', scope: 'tenant', value: '', period: 'day', limit: '5' }, { n: 3 })
        await store.budgets.remove('b', { n: 4 })
        await store.secrets.put('s', Uint8Array.of(1), { n: 5 })
        await store.secrets.remove('s', { n: 6 })
        expect((await store.acts.list(100)).map(({ act }) => act)).toEqual([1, 2, 3, 4, 5, 6].map((n) => ({ n })))
      })

      it('are not there where nothing changed', async () => {
        await store.keys.insert(key('key_a'))
        await expect(store.keys.insert(key('key_a'), { n: 1 })).rejects.toMatchObject({ code: 'CONTROL_CONFLICT' })
        await store.keys.update('key_z', { disabledAt: 5 }, { n: 2 })
        await store.budgets.remove('b', { n: 3 })
        await store.secrets.remove('s', { n: 4 })
        expect((await store.acts.list(100)).map(({ act }) => act)).toEqual([])
      })
    })

    describe('keys', () => {
      it('come back as they went in, oldest first', async () => {
        const [first, second] = [key('key_b', { createdAt: 1 }), key('key_a', { createdAt: 2, tenant: 'other', previous: { hash: digest('old'), expiresAt: 99 }, expiresAt: 5, disabledAt: 6, lastUsedAt: 7 })]
        await store.keys.insert(second)
        await store.keys.insert(first)
        expect(await store.keys.list(null)).toEqual([first, second])
        expect(await store.keys.list('other')).toEqual([second])
        expect(await store.keys.list('nobody')).toEqual([])
      })

      it('of the same moment come by id', async () => {
        for (const id of ['key_c', 'key_B', 'key_a']) await store.keys.insert(key(id))
        expect((await store.keys.list(null)).map(({ id }) => id)).toEqual(['key_B', 'key_a', 'key_c'])
      })

      it('keep names in any script, quotes and markup', async () => {
        const odd = key('key_odd', { name: `Über "x"; DROP TABLE keys; -- 鍵 🔑`, tenant: `o'brien` })
        await store.keys.insert(odd)
        expect(await store.keys.list(`o'brien`)).toEqual([odd])
      })

      it.each([
        ['id', key('key_a', { hash: digest('other') })],
        ['secret', key('key_z', { hash: digest('key_a') })],
      ])('with the %s of another are refused, and the old one stays', async (_, clash) => {
        const old = key('key_a')
        await store.keys.insert(old)
        await expect(store.keys.insert(clash)).rejects.toMatchObject({ code: 'CONTROL_CONFLICT' })
        expect(await store.keys.list(null)).toEqual([old])
      })

      it('change in the named fields alone', async () => {
        const old = key('key_a', { expiresAt: 50 })
        await store.keys.insert(old)
        const rules = { ...old.rules, models: ['m'], limits: { rpm: 1, tpm: null, concurrency: 3 } }
        expect(await store.keys.update('key_a', { rules, disabledAt: 9 })).toBe(true)
        expect(await store.keys.update('key_a', { expiresAt: null, name: 'new' })).toBe(true)
        expect(await store.keys.list(null)).toEqual([{ ...old, rules, disabledAt: 9, expiresAt: null, name: 'new' }])
      })

      it('can be rotated and have their old secret forgotten', async () => {
        const old = key('key_a')
        await store.keys.insert(old)
        const rotated = { hash: digest('new'), previous: { hash: old.hash, expiresAt: 10 } }
        await store.keys.update('key_a', rotated)
        expect(await store.keys.list(null)).toEqual([{ ...old, ...rotated }])
        await store.keys.update('key_a', { previous: null })
        expect(await store.keys.list(null)).toEqual([{ ...old, hash: digest('new') }])
      })

      it('cannot take the secret of another by a change', async () => {
        await store.keys.insert(key('key_a'))
        await store.keys.insert(key('key_b'))
        await expect(store.keys.update('key_b', { hash: digest('key_a') })).rejects.toMatchObject({ code: 'CONTROL_CONFLICT' })
      })

      it('that do not exist are not changed', async () => {
        expect(await store.keys.update('key_none', { name: 'x' })).toBe(false)
      })

      it('are touched forward only, all or those that exist', async () => {
        await store.keys.insert(key('key_a', { lastUsedAt: 10 }))
        await store.keys.insert(key('key_b'))
        await store.keys.touch!([{ id: 'key_a', at: 5 }, { id: 'key_b', at: 5 }, { id: 'key_none', at: 5 }])
        expect((await store.keys.list(null)).map(({ lastUsedAt }) => lastUsedAt)).toEqual([10, 5])
      })

      it.each<[string, Partial<KeyRow>]>([
        ['an empty id', { id: '' }],
        ['an id with a line break', { id: 'a\nb' }],
        ['an endless id', { id: 'x'.repeat(129) }],
        ['no tenant', { tenant: '' }],
        ['an endless name', { name: 'x'.repeat(257) }],
        ['a hash that is none', { hash: 'sw_secret' }],
        ['a time that is no integer', { createdAt: 1.5 }],
        ['a time before 1970', { expiresAt: -1 }],
        ['a time that is no number', { disabledAt: Number.NaN }],
        ['a previous hash that is none', { previous: { hash: '', expiresAt: 1 } }],
        ['a negative limit', { rules: { ...key('x').rules, limits: { rpm: -1, tpm: null, concurrency: null } } }],
        ['a fractional limit', { rules: { ...key('x').rules, limits: { rpm: null, tpm: 0.5, concurrency: null } } }],
        ['an unknown scope', { rules: { ...key('x').rules, scopes: ['root' as 'admin'] } }],
        ['an unknown priority', { rules: { ...key('x').rules, priority: 'urgent' as 'batch' } }],
        ['an empty model', { rules: { ...key('x').rules, models: [''] } }],
        ['too many models', { rules: { ...key('x').rules, models: Array.from({ length: 1001 }, String) } }],
      ])('with %s are refused', async (_, change) => {
        await expect(store.keys.insert(key('key_a', change))).rejects.toMatchObject({ code: 'CONTROL_ROW_INVALID' })
        expect(await store.keys.list(null)).toEqual([])
      })
    })

    describe('budgets', () => {
      it('are put, replaced, listed by tenant and removed', async () => {
        await store.budgets.put(budget('b'))
        await store.budgets.put(budget('a', { tenant: 'other', scope: 'user', value: '*' }))
        await store.budgets.put(budget('b', { limit: '999999999999999999' }))
        expect(await store.budgets.list(null)).toEqual([budget('a', { tenant: 'other', scope: 'user', value: '*' }), budget('b', { limit: '999999999999999999' })])
        expect(await store.budgets.list('other')).toHaveLength(1)
        expect([await store.budgets.remove('b'), await store.budgets.remove('b')]).toEqual([true, false])
        expect(await store.budgets.list('t')).toEqual([])
      })

      it.each<[string, Partial<BudgetRow>]>([
        ['a limit with a point', { limit: '1.5' }],
        ['a negative limit', { limit: '-1' }],
        ['an empty limit', { limit: '' }],
        ['an absurd limit', { limit: '1'.repeat(19) }],
        ['an unknown scope', { scope: 'team' as 'user' }],
        ['an unknown period', { period: 'week' as 'day' }],
        ['a value for the whole tenant', { scope: 'tenant', value: 'x' }],
        ['no value for a user', { scope: 'user', value: '' }],
      ])('with %s are refused', async (_, change) => {
        await expect(store.budgets.put(budget('b', change))).rejects.toMatchObject({ code: 'CONTROL_ROW_INVALID' })
        expect(await store.budgets.list(null)).toEqual([])
      })
    })

    describe('spend', () => {
      it('is added to, by budget, window and subject', async () => {
        await store.budgets.put(budget('b'))
        await store.budgets.addSpend([spend('b', 100, '5'), spend('b', 100, '7'), spend('b', 200, '1'), spend('b', 100, '2', 'ann')])
        await store.budgets.addSpend([spend('b', 100, '30'), spend('b', 100, '-2', 'ann')])
        expect(await store.budgets.spend(0)).toEqual([spend('b', 100, '42'), spend('b', 100, '0', 'ann'), spend('b', 200, '1')])
      })

      it('adds exactly beyond what a double holds', async () => {
        await store.budgets.put(budget('b'))
        await store.budgets.addSpend([spend('b', 0, '9007199254740993')])
        await store.budgets.addSpend([spend('b', 0, '1')])
        expect(await store.budgets.spend(0)).toEqual([spend('b', 0, '9007199254740994')])
      })

      it('of two writers at once is not lost (peer defect 3: last write wins)', async () => {
        await store.budgets.put(budget('b'))
        await Promise.all(Array.from({ length: 50 }, () => store.budgets.addSpend([spend('b', 100, '1')])))
        expect(await store.budgets.spend(0)).toEqual([spend('b', 100, '50')])
      })

      it('is read from a window on, and in total always', async () => {
        await store.budgets.put(budget('b'))
        await store.budgets.addSpend([spend('b', 0, '1'), spend('b', 100, '2'), spend('b', 200, '3')])
        expect(await store.budgets.spend(150)).toEqual([spend('b', 0, '1'), spend('b', 200, '3')])
      })

      it('of a budget that does not exist is nobody\'s, and a removed budget takes its spend along', async () => {
        await store.budgets.put(budget('b'))
        await store.budgets.addSpend([spend('b', 0, '1'), spend('gone', 0, '1')])
        await store.budgets.remove('b')
        await store.budgets.put(budget('b'))
        expect(await store.budgets.spend(0)).toEqual([])
      })

      it('is written whole or not at all', async () => {
        await store.budgets.put(budget('b'))
        await expect(store.budgets.addSpend([spend('b', 0, '1'), spend('b', 0, 'a lot')])).rejects.toMatchObject({ code: 'CONTROL_ROW_INVALID' })
        expect(await store.budgets.spend(0)).toEqual([])
      })

      it('of nothing is nothing', async () => {
        await store.budgets.addSpend([])
        expect(await store.budgets.spend(0)).toEqual([])
      })
    })

    describe('what is reserved', () => {
      it('comes with spend, in place of what was said before, exactly', async () => {
        expect(await store.budgets.reserved()).toEqual(held(0))
        for (const id of ['a', 'b', 'c']) await store.budgets.put(budget(id))
        await store.budgets.addSpend([], held(100, ['c', '5'], ['a', '9007199254740993']))
        expect(await store.budgets.reserved()).toEqual(held(100, ['a', '9007199254740993'], ['c', '5']))
        await store.budgets.addSpend([spend('a', 0, '1')], held(200, ['b', '7']))
        await store.budgets.addSpend([spend('a', 0, '1')])
        expect([await store.budgets.reserved(), await store.budgets.spend(0)]).toEqual([held(200, ['b', '7']), [spend('a', 0, '2')]])
        await store.budgets.addSpend([], held(300))
        expect(await store.budgets.reserved()).toEqual(held(0))
      })

      it("of a budget that does not exist is nobody's, and a removed budget takes it along", async () => {
        await store.budgets.put(budget('b'))
        await store.budgets.addSpend([], held(100, ['b', '7'], ['gone', '1']))
        expect(await store.budgets.reserved()).toEqual(held(100, ['b', '7']))
        await store.budgets.remove('b')
        expect(await store.budgets.reserved()).toEqual(held(0))
      })

      it('is written with its spend or not at all', async () => {
        await store.budgets.put(budget('b'))
        await expect(store.budgets.addSpend([spend('b', 0, '1')], held(100, ['b', '-1']))).rejects.toMatchObject({ code: 'CONTROL_ROW_INVALID' })
        expect([await store.budgets.reserved(), await store.budgets.spend(0)]).toEqual([held(0), []])
      })
    })

    describe('secrets', () => {
      it('are bytes by name', async () => {
        const sealed = Uint8Array.from({ length: 256 }, (_, index) => index)
        await store.secrets.put('b', Uint8Array.of(1))
        await store.secrets.put('a', Uint8Array.of(2))
        await store.secrets.put('b', sealed)
        expect(Buffer.from((await store.secrets.get('b'))!).equals(Buffer.from(sealed))).toBe(true)
        expect([await store.secrets.get('none'), await store.secrets.names()]).toEqual([null, ['a', 'b']])
        expect([await store.secrets.remove('b'), await store.secrets.remove('b'), await store.secrets.names()]).toEqual([true, false, ['a']])
      })

      it('need a name', async () => {
        await expect(store.secrets.put('', Uint8Array.of(1))).rejects.toMatchObject({ code: 'CONTROL_ROW_INVALID' })
      })
    })

    describePeople(() => store)

    it('the revision grows with keys and budgets, and not with use', async () => {
      const seen = [await store.revision!()]
      const after = async (work: Promise<unknown>): Promise<void> => {
        await work
        seen.push(await store.revision!())
      }
      await after(store.keys.insert(key('key_a')))
      await after(store.keys.update('key_a', { name: 'new' }))
      await after(store.budgets.put(budget('b')))
      await after(store.keys.touch!([{ id: 'key_a', at: 5 }]))
      await after(store.budgets.addSpend([spend('b', 0, '1')]))
      await after(store.budgets.remove('b'))
      expect(seen.map((revision) => revision - seen[0]!)).toEqual([0, 1, 2, 3, 3, 3, 4])
    })

    it('refuses everything once closed, and closing again is nothing', async () => {
      await store.close()
      await store.close()
      for (const work of [() => store.keys.list(null), () => store.keys.insert(key('key_a')), () => store.budgets.addSpend([]), () => store.secrets.names(), () => store.people.users.list(), () => store.people.sessions.get('x')]) {
        await expect(work()).rejects.toMatchObject({ code: 'CONTROL_CLOSED' })
      }
    })
  })
}

function key(id: string, change: Partial<KeyRow> = {}): KeyRow {
  const rules: KeyRow['rules'] = { scopes: ['call'], models: null, residency: null, priority: 'standard', limits: { rpm: null, tpm: null, concurrency: null } }
  return { id, tenant: 't', name: id, hash: digest(id), createdAt: 0, expiresAt: null, disabledAt: null, lastUsedAt: null, rules, previous: null, ...change }
}

/** Looks like an HMAC-SHA256. */
function digest(text: string): string {
  return Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64)
}

function budget(id: string, change: Partial<BudgetRow> = {}): BudgetRow {
  return { id, tenant: 't', scope: 'tenant', value: '', period: 'day', limit: '100', ...change }
}

function spend(budgetId: string, windowStart: number, amount: string, subject = ''): { budgetId: string; windowStart: number; amount: string; subject: string } {
  return { budgetId, windowStart, amount, subject }
}

function held(at: number, ...budgets: [string, string][]): Reserved {
  return { at, budgets: budgets.map(([budgetId, amount]) => ({ budgetId, amount })) }
}

function plan(id: string, over: Partial<PlanRow> = {}): PlanRow {
  return { id: `plan_${id.padEnd(8, '_')}`, tenant: 't', title: `Plan "${id}"; DROP TABLE plans; -- 鍵`, savedAt: 1, summary: { recommended: 'hybrid', scenario: 'Hybrid', monthlyUsd: 100.5, lowUsd: 90, highUsd: null, dedicatedUsd: 60, otherUsd: 40.5, requestsPerMonth: 1e6, currentMonthlyUsd: null }, ...over }
}
