import type { Priority } from '../call.ts'
import { Heap } from './heap.ts'

/** Something that waits. */
export interface Waiter {
  readonly id: string
  /** What it waits for: waiters of one group can be served by the same pools. */
  readonly group: number
  readonly priority: Priority
  readonly keyId: string
  /** What serving it takes, in any unit; fairness between keys is in this. */
  readonly cost: number
  /** When it gives up; the earlier goes first among a key's own. */
  readonly until: number
}

interface Queued<W> {
  readonly waiter: W
  readonly order: number
}

/** What one key has waiting in one group. */
export interface Flow<W> {
  readonly group: number
  readonly keyId: string
  /** Virtual time at which its next one starts. */
  start: number
  readonly earliest: Heap<Queued<W>>
  readonly latest: Heap<Queued<W>>
  readonly places: Map<W, Queued<W>>
}

interface Group<W> {
  readonly flows: Map<string, Flow<W>>
  readonly byStart: Heap<Flow<W>>
}

/** The waiters of one priority: by group, then by key, then by deadline. */
export class ServiceClass<W extends Waiter> {
  /** How far a turn moves it on. */
  readonly stride: number
  nextTurn = 0
  size = 0
  readonly #groups = new Map<number, Group<W>>()
  readonly #byLength = new Heap<Flow<W>>((a, b) => a.earliest.size > b.earliest.size)
  /** Virtual time, and when each key's service so far ends in it. Only keys that are ahead of the time matter. */
  #time = 0
  readonly #ends = new Map<string, number>()
  readonly #mostEnds: number

  constructor(stride: number, limit: number) {
    this.stride = stride
    this.#mostEnds = 2 * limit + 16
  }

  /** Keys whose past service is kept. */
  get remembered(): number {
    return this.#ends.size
  }

  has(group: number): boolean {
    return this.#groups.has(group)
  }

  push(waiter: W, order: number): Flow<W> {
    let group = this.#groups.get(waiter.group)
    if (group === undefined) {
      group = { flows: new Map(), byStart: new Heap(isBefore) }
      this.#groups.set(waiter.group, group)
    }
    let flow = group.flows.get(waiter.keyId)
    const isNew = flow === undefined
    flow ??= newFlow(waiter, Math.max(this.#time, this.#ends.get(waiter.keyId) ?? 0))
    const queued = { waiter, order }
    flow.places.set(waiter, queued)
    flow.earliest.push(queued)
    flow.latest.push(queued)
    this.size++
    if (isNew) {
      group.flows.set(waiter.keyId, flow)
      group.byStart.push(flow)
      this.#byLength.push(flow)
    } else {
      group.byStart.update(flow)
      this.#byLength.update(flow)
    }
    return flow
  }

  remove(flow: Flow<W>, waiter: W): void {
    const group = this.#groups.get(flow.group)
    const queued = flow.places.get(waiter)
    if (group === undefined || queued === undefined) return
    flow.places.delete(waiter)
    flow.earliest.remove(queued)
    flow.latest.remove(queued)
    this.size--
    if (flow.earliest.size > 0) {
      group.byStart.update(flow)
      this.#byLength.update(flow)
      return
    }
    group.byStart.remove(flow)
    this.#byLength.remove(flow)
    group.flows.delete(flow.keyId)
    if (group.flows.size === 0) this.#groups.delete(flow.group)
    // Nobody waits: what was served before gives nobody a claim.
    if (this.size === 0) this.#ends.clear()
  }

  head(blocked: ReadonlySet<number>): W | undefined {
    let best: Flow<W> | undefined
    for (const [id, group] of this.#groups) {
      if (blocked.has(id)) continue
      const flow = this.#first(group)
      if (best === undefined || isBefore(flow, best)) best = flow
    }
    return best?.earliest.top()?.waiter
  }

  /** Notes that a waiter of this flow is served. */
  charge(flow: Flow<W>, cost: number): void {
    const start = this.#startOf(flow)
    this.#time = Math.max(this.#time, start)
    this.#ends.set(flow.keyId, start + Math.max(0, cost))
    if (this.#ends.size > this.#mostEnds) this.#forget()
  }

  longest(): number {
    return this.#byLength.top()?.earliest.size ?? 0
  }

  lengthOf({ group, keyId }: W): number {
    return this.#groups.get(group)?.flows.get(keyId)?.earliest.size ?? 0
  }

  /** The latest of the flow that holds most; there must be one. */
  lastOfLongest(): W {
    return this.#byLength.top()!.latest.top()!.waiter
  }

  /** The flow of a group that goes first. A key that was served in another group meanwhile moves back. */
  #first(group: Group<W>): Flow<W> {
    for (;;) {
      const flow = group.byStart.top()!
      const start = this.#startOf(flow)
      if (start === flow.start) return flow
      flow.start = start
      group.byStart.update(flow)
    }
  }

  #startOf({ start, keyId }: Flow<W>): number {
    return Math.max(start, this.#ends.get(keyId) ?? 0)
  }

  /** Keys that are not ahead of the time start from it anyway; if there are still too many, the oldest go. */
  #forget(): void {
    for (const [keyId, end] of this.#ends) if (end <= this.#time) this.#ends.delete(keyId)
    for (const keyId of this.#ends.keys()) {
      if (this.#ends.size <= this.#mostEnds) return
      this.#ends.delete(keyId)
    }
  }
}

function newFlow<W extends Waiter>({ group, keyId }: W, start: number): Flow<W> {
  return { group, keyId, start, earliest: new Heap(isEarlier), latest: new Heap(isLater), places: new Map() }
}

function isEarlier<W extends Waiter>(a: Queued<W>, b: Queued<W>): boolean {
  return a.waiter.until < b.waiter.until || (a.waiter.until === b.waiter.until && a.order < b.order)
}

function isLater<W extends Waiter>(a: Queued<W>, b: Queued<W>): boolean {
  return isEarlier(b, a)
}

function isBefore<W extends Waiter>(a: Flow<W>, b: Flow<W>): boolean {
  if (a.start !== b.start) return a.start < b.start
  return isEarlier(a.earliest.top()!, b.earliest.top()!)
}
