import type { Fleet } from '../fleet.ts'
import type { RealTime } from '../real-time.ts'
import { badRequest, notFound } from './api-error.ts'
import type { Json } from './read-body.ts'

/** What a provider's management API does: `/sim/scale` keeps replicas up (`min`), and `/sim/speed` sets the pace (`speed`). Throws ApiError. */
export function control(path: string, body: Json, { fleet, time }: { readonly fleet: Fleet; readonly time: RealTime }): void {
  if (path === '/sim/scale') {
    const least = number(body, 'min', (value) => Number.isSafeInteger(value) && value >= 0)
    time.enter(() => fleet.setMinimum(least))
  } else if (path === '/sim/speed') time.speed = number(body, 'speed', isSpeed)
  else throw notFound()
}

/** Simulated seconds a second that a process can keep up with, or nearly. */
export function isSpeed(value: number): boolean {
  return value > 0 && value <= 1e6
}

function number(body: Json, name: string, allowed: (value: number) => boolean): number {
  const value = body[name]
  if (typeof value !== 'number' || !allowed(value)) throw badRequest(`${name} is not a number that is possible here.`)
  return value
}
