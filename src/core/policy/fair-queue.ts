import type { Priority } from '../call.ts'
import { Heap } from './heap.ts'
import { ServiceClass } from './service-class.ts'
import type { Flow, Waiter } from './service-class.ts'

interface Place<W> {
  readonly waiter: W
  readonly flow: Flow<W>
  readonly order: number
}

/** From first to last. */
const CLASSES: readonly Priority[] = ['realtime', 'standard', 'batch']
/** Turns of each class while all of them wait: most for realtime, yet one in 21 for batch, so nobody starves. */
const TURNS: Readonly<Record<Priority, number>> = { realtime: 16, standard: 4, batch: 1 }

/**
 * A bounded queue. Between classes: weighted turns (stride scheduling), the higher class first. Within a class: fair
 * between keys by start-time fair queueing (Goyal, Vin and Cheng 1996) on what was served to each. Within a key, and
 * between keys that are even: earliest deadline first. When it is full, a newcomer of a higher class, or of a
 * key that holds less, takes the place of the latest of whoever holds most. O(log n) each, n = limit.
 */
export class FairQueue<W extends Waiter> {
  readonly #limit: number
  readonly #classes: readonly ServiceClass<W>[]
  readonly #byId = new Map<string, Place<W>>()
  readonly #byExpiry = new Heap<Place<W>>((a, b) => a.waiter.until < b.waiter.until || (a.waiter.until === b.waiter.until && a.order < b.order))
  #turn = 0
  #order = 0

  constructor(limit: number) {
    this.#limit = limit
    this.#classes = CLASSES.map((priority) => new ServiceClass<W>(1 / TURNS[priority], limit))
  }

  get size(): number {
    return this.#byId.size
  }

  /** Waiters, and keys whose past service still counts. */
  get entries(): number {
    return this.#classes.reduce((sum, { remembered }) => sum + remembered, this.#byId.size)
  }

  /** Anything in here of that group, of the same class or a higher one? */
  isAhead(group: number, priority: Priority): boolean {
    for (const [rank, serviceClass] of this.#classes.entries()) {
      if (serviceClass.has(group)) return true
      if (CLASSES[rank] === priority) return false
    }
    return false
  }

  /** Takes it in. Returns whom it displaced, null = nobody; or `full`. The id must not be in here. */
  push(waiter: W): W | null | 'full' {
    const displaced = this.#byId.size < this.#limit ? null : this.#weakest(waiter)
    if (displaced === 'full') return 'full'
    if (displaced !== null) this.remove(displaced.id)
    const serviceClass = this.#classes[CLASSES.indexOf(waiter.priority)]!
    if (serviceClass.size === 0) serviceClass.nextTurn = Math.max(serviceClass.nextTurn, this.#turn + serviceClass.stride)
    const order = this.#order++
    const place = { waiter, flow: serviceClass.push(waiter, order), order }
    this.#byId.set(waiter.id, place)
    this.#byExpiry.push(place)
    return displaced
  }

  /** Who goes next, of the groups that are not blocked; it stays in. */
  next(blocked: ReadonlySet<number>): W | undefined {
    let chosen: ServiceClass<W> | undefined
    let first: W | undefined
    for (const serviceClass of this.#classes) {
      if (serviceClass.size === 0 || (chosen !== undefined && chosen.nextTurn <= serviceClass.nextTurn)) continue
      const head = serviceClass.head(blocked)
      if (head === undefined) continue
      chosen = serviceClass
      first = head
    }
    return first
  }

  /** Takes out one that is served now, at the expense of its class and key. */
  serve(id: string): void {
    const place = this.#byId.get(id)
    if (place === undefined) return
    const serviceClass = this.#classes[CLASSES.indexOf(place.waiter.priority)]!
    this.#turn = Math.max(this.#turn, serviceClass.nextTurn)
    serviceClass.nextTurn += serviceClass.stride
    serviceClass.charge(place.flow, place.waiter.cost)
    this.remove(id)
  }

  /** Takes one out that gives up; false = not in here. */
  remove(id: string): boolean {
    const place = this.#byId.get(id)
    if (place === undefined) return false
    this.#byId.delete(id)
    this.#byExpiry.remove(place)
    this.#classes[CLASSES.indexOf(place.waiter.priority)]!.remove(place.flow, place.waiter)
    return true
  }

  /** One whose time is over; it stays in. */
  expired(now: number): W | undefined {
    const place = this.#byExpiry.top()
    return place !== undefined && place.waiter.until <= now ? place.waiter : undefined
  }

  /** Who must leave for the newcomer. */
  #weakest(newcomer: W): W | 'full' {
    for (const [rank, serviceClass] of [...this.#classes.entries()].reverse()) {
      if (serviceClass.size === 0) continue
      const isBelow = rank > CLASSES.indexOf(newcomer.priority)
      if (isBelow) return serviceClass.lastOfLongest()
      const isSame = CLASSES[rank] === newcomer.priority
      return isSame && serviceClass.longest() > serviceClass.lengthOf(newcomer) + 1 ? serviceClass.lastOfLongest() : 'full'
    }
    return 'full'
  }
}
