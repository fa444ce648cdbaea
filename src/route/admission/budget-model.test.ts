import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { BudgetRow, ControlStore } from '../../store/control.ts'
import { memoryControl } from '../../store/control/memory.ts'
import type { Reservation } from '../seams.ts'
import { SteadyClock } from './steady-clock.ts'
import { budgetRow, keyRow, START, type TestBench, testBench, verdict } from './testing.ts'

/** Interleavings of calls, aborts, lost calls, clock jumps, flushes that fail, reloads and crashes against a plain model. */

const DAY = 86_400_000
const RESERVATION_MS = 60_000
const BUDGETS: readonly BudgetRow[] = [
  budgetRow({ id: 'tenant', limit: '1000', period: 'day' }),
  budgetRow({ id: 'key', scope: 'key', value: 'key_1', limit: '2000', period: 'month' }),
  budgetRow({ id: 'each-user', scope: 'user', value: '*', limit: '400', period: 'day' }),
  budgetRow({ id: 'model', scope: 'model', value: 'm', limit: '2500', period: 'total' }),
]

type Step =
  | { readonly do: 'admit'; readonly user: string | null; readonly estimate: number }
  | { readonly do: 'settle'; readonly which: number; readonly share: number }
  | { readonly do: 'release' | 'lose'; readonly which: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'jump'; readonly day: number }
  | { readonly do: 'flush' | 'break' | 'mend' | 'reload' | 'restart' | 'crash' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('admit' as const), user: fc.constantFrom(null, 'ann', 'bob', 'cy'), estimate: fc.nat(300) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('settle' as const), which: fc.nat(20), share: fc.double({ min: 0, max: 1, noNaN: true }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('release' as const, 'lose' as const), which: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 9000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('jump' as const), day: fc.nat(2) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('flush' as const, 'break' as const, 'mend' as const, 'reload' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('restart' as const, 'crash' as const) }) },
)

interface ModelWindow {
  spent: number
  held: number
  stored: number
}

interface ModelCall {
  readonly windows: readonly ModelWindow[]
  readonly estimate: number
  readonly since: number
  expired: boolean
}

/** What must be, with nothing clever. */
class Model {
  readonly windows = new Map<string, ModelWindow>()
  calls = new Set<ModelCall>()
  clock = new SteadyClock()

  pass(now: number): number {
    const elapsed = this.clock.advance(now)
    for (const call of this.calls) if (call.since <= elapsed - RESERVATION_MS) this.end(call)
    return elapsed
  }

  end(call: ModelCall): void {
    if (this.calls.delete(call)) for (const window of call.windows) window.held -= call.estimate
    call.expired = true
  }

  /** The call where it must be admitted. */
  admit(now: number, user: string | null, estimate: number): ModelCall | null {
    const since = this.pass(now)
    const day = Math.floor(now / DAY) * DAY
    const month = Date.UTC(2026, 10, 1)
    const windows = [`tenant|${day}|`, `key|${month}|`, `each-user|${day}|${user ?? ''}`, 'model|0|'].map((name) => this.window(name))
    if (windows.some(({ spent, held }, index) => spent + held + estimate > Number(BUDGETS[index]!.limit))) return null
    for (const window of windows) window.held += estimate
    const call = { windows, estimate, since, expired: false }
    this.calls.add(call)
    return call
  }

  settle(call: ModelCall, now: number, cost: number): void {
    this.pass(now)
    this.end(call)
    for (const window of call.windows) window.spent += cost
  }

  window(name: string): ModelWindow {
    const window = this.windows.get(name) ?? { spent: 0, held: 0, stored: 0 }
    this.windows.set(name, window)
    return window
  }

  flushed(): void {
    for (const window of this.windows.values()) window.stored = window.spent
  }

  /** A new process: what was not stored is lost, and nothing is held. */
  restarted(): void {
    for (const window of this.windows.values()) Object.assign(window, { spent: window.stored, held: 0 })
    this.calls = new Set()
    this.clock = new SteadyClock()
  }
}

async function play(steps: readonly Step[]): Promise<{ readonly real: string[]; readonly expected: string[]; readonly overspent: string[]; readonly stored: string[]; readonly modelStored: string[]; readonly bench: TestBench }> {
  const store = memoryControl()
  let broken = false
  const fragile: ControlStore = { ...store, budgets: { ...store.budgets, addSpend: (entries) => (broken ? Promise.reject(new Error('broken')) : store.budgets.addSpend(entries)) } }
  const model = new Model()
  let open: { readonly reservation: Reservation; readonly call: ModelCall | null }[] = []
  const start = async (now: number, first: boolean): Promise<TestBench> => {
    model.restarted()
    model.clock.advance(now)
    open = []
    return testBench({ store: fragile, keys: first ? [keyRow()] : [], budgets: first ? BUDGETS : [], now, reservationMs: RESERVATION_MS })
  }
  let bench = await start(START, true)
  const [real, expected, overspent]: [string[], string[], string[]] = [[], [], []]
  const take = (which: number): (typeof open)[number] | undefined => open.splice(which % Math.max(1, open.length), 1)[0]

  for (const one of steps) {
    if (one.do === 'admit') {
      const call = model.admit(bench.now, one.user, one.estimate)
      const answer = bench.admit({ user: one.user, estimate: BigInt(one.estimate) })
      expected.push(call === null ? 'refused' : 'ok')
      real.push(answer.ok ? 'ok' : verdict(answer).startsWith('budget_') ? 'refused' : verdict(answer))
      if (answer.ok) open.push({ reservation: answer.reservation, call })
    } else if (one.do === 'settle') {
      const taken = take(one.which)
      // Late ones may overspend, which is another test.
      if (taken !== undefined && taken.call !== null && !taken.call.expired) {
        const cost = Math.floor(taken.call.estimate * one.share)
        model.settle(taken.call, bench.now, cost)
        taken.reservation.settle({ cost: BigInt(cost), promptTokens: 1, outputTokens: 1 }, bench.now)
      }
    } else if (one.do === 'release') {
      const taken = take(one.which)
      if (taken !== undefined && taken.call !== null) model.settle(taken.call, bench.now, 0)
      taken?.reservation.release(bench.now)
    } else if (one.do === 'lose') take(one.which)
    else if (one.do === 'wait') {
      bench.pass(one.ms)
      model.pass(bench.now)
    } else if (one.do === 'jump') {
      bench.now = START + one.day * DAY + (bench.now % 1000)
      bench.admission.tick(bench.now)
      model.pass(bench.now)
    } else if (one.do === 'break') broken = true
    else if (one.do === 'mend') broken = false
    else {
      if (one.do !== 'crash') {
        const work = one.do === 'flush' ? bench.admission.flush() : one.do === 'reload' ? bench.admission.reload() : bench.admission.close()
        const failed = await work.then(
          () => false,
          () => true,
        )
        model.pass(bench.now)
        if (!failed) model.flushed()
      }
      if (one.do === 'restart' || one.do === 'crash') {
        broken = false
        bench = await start(bench.now, false)
      }
    }
    for (const [name, { spent, held }] of model.windows) if (spent + held > Number(BUDGETS.find(({ id }) => id === name.split('|')[0])!.limit)) overspent.push(name)
  }
  // In the end every call that was lost gives back what it held, and all that was spent is stored.
  // Ten seconds more: a clock that was just set back a little has to catch up first.
  bench.pass(RESERVATION_MS + 10_000)
  model.pass(bench.now)
  broken = false
  await bench.admission.flush()
  model.flushed()
  const stored = (await store.budgets.spend(0)).map(({ budgetId, windowStart, subject, amount }) => `${budgetId}|${windowStart}|${subject} ${amount}`)
  const modelStored = [...model.windows].filter(([, { stored: sum }]) => sum > 0).map(([name, { stored: sum }]) => `${name} ${sum}`)
  return { real, expected, overspent, stored: stored.sort(), modelStored: modelStored.sort(), bench }
}

it('decides as the model does, never overspends, leaks no reservation and stores every nano', async () => {
  let refused = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 120 }), async (steps) => {
      const { real, expected, overspent, stored, modelStored, bench } = await play(steps)
      expect(real).toEqual(expected)
      expect(overspent).toEqual([])
      expect(stored).toEqual(modelStored)
      expect(bench.admission.stats()).toMatchObject({ reservations: 0, unflushedWindows: 0 })
      refused += expected.filter((what) => what === 'refused').length
    }),
    { numRuns: 400 },
  )
  // The property would be empty if budgets were never full.
  expect(refused).toBeGreaterThan(400)
})
