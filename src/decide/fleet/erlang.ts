import { SpillwayError } from '../../core/errors.ts'

const MOST_SERVERS = 10_000_000

/**
 * Erlang B: the share of Poisson arrivals that find all `servers` busy and are turned away, at `load` = arrival rate x
 * mean service time. By the recursion on the number of servers, which neither overflows nor loses digits. Throws
 * NUMBER_INVALID for a load below 0 or servers that are no whole number from 0 to ten million.
 */
export function erlangB(servers: number, load: number): number {
  requireServers(servers)
  requireLoad(load)
  let blocked = 1
  for (let k = 1; k <= servers; k++) blocked = (load * blocked) / (k + load * blocked)
  return blocked
}

/** Erlang C: the share of Poisson arrivals that have to wait where they queue instead (M/M/c). 1 at a load of `servers` or more. */
export function erlangC(servers: number, load: number): number {
  return waiting(servers, load, erlangB(servers, load))
}

/** Mean wait of all arrivals in units of the mean service time; infinite at a load of `servers` or more. */
export function erlangWait(servers: number, load: number): number {
  const share = erlangC(servers, load)
  return load >= servers ? Number.POSITIVE_INFINITY : share / (servers - load)
}

/** The fewest servers at which no more than `share` (above 0) of the arrivals wait. */
export function serversForWait(load: number, share: number): number {
  requireLoad(load)
  if (!(share > 0 && share <= 1)) throw new SpillwayError('NUMBER_INVALID', `the share of requests that may wait is ${share}`, 'Give a share above 0 and up to 1')
  let blocked = 1
  let servers = 0
  while (waiting(servers, load, blocked) > share) {
    servers++
    requireServers(servers)
    blocked = (load * blocked) / (servers + load * blocked)
  }
  return servers
}

export interface SlotWait {
  /** Share of requests that wait for a slot. */
  readonly share: number
  /** Mean wait of all requests in seconds; infinite where the replicas cannot keep up. */
  readonly meanSeconds: number
}

/**
 * Waiting in front of dedicated replicas: `replicas` x `concurrency` slots, offered `load` replicas' worth of work whose
 * requests hold a slot for `requestSeconds` at full concurrency. A GPU is no single server: its slots are.
 */
export function slotWait(replicas: number, concurrency: number, load: number, requestSeconds: number): SlotWait {
  const slots = replicas * concurrency
  const share = erlangC(slots, load * concurrency)
  const spare = slots - load * concurrency
  return { share, meanSeconds: spare > 0 ? (share * requestSeconds) / spare : Number.POSITIVE_INFINITY }
}

function waiting(servers: number, load: number, blocked: number): number {
  if (load === 0) return servers === 0 ? 1 : 0
  if (load >= servers) return 1
  return blocked / (1 - (load / servers) * (1 - blocked))
}

function requireServers(servers: number): void {
  if (Number.isInteger(servers) && servers >= 0 && servers <= MOST_SERVERS) return
  throw new SpillwayError('NUMBER_INVALID', `the number of servers is ${servers}`, `Give a whole number from 0 to ${MOST_SERVERS}`)
}

function requireLoad(load: number): void {
  if (load >= 0 && load <= MOST_SERVERS) return
  throw new SpillwayError('NUMBER_INVALID', `the offered load is ${load}`, 'Give arrivals a second times seconds of service, 0 or more')
}
