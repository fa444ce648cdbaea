import { describe, expect, it } from 'vitest'
import type { PolicyEvent } from '../../core/policy/types.ts'
import { poolOf } from './testing.ts'
import { createWaker } from './waker.ts'

interface World {
  readonly wake: ReturnType<typeof createWaker>
  readonly events: PolicyEvent[]
  readonly failures: string[]
  readonly open: { readonly resolve: () => void; readonly reject: (error: Error) => void }[]
}

function worldOf(): World {
  const events: PolicyEvent[] = []
  const failures: string[] = []
  const open: { resolve: () => void; reject: (error: Error) => void }[] = []
  const wake = createWaker({
    clock: { now: () => 5 },
    sendDummy: () => new Promise<void>((resolve, reject) => open.push({ resolve, reject })),
    emit: (event) => events.push(event),
    onFailure: (pool, message) => failures.push(`${pool}: ${message}`),
  })
  return { wake, events, failures, open }
}

describe('createWaker', () => {
  it('a hundred held calls send one request, and its answer says that the pool is up (peer defect 15)', async () => {
    const { wake, events, open } = worldOf()
    const calls = Array.from({ length: 100 }, () => wake(poolOf()))
    expect([open.length, events]).toEqual([1, []])
    open[0]!.resolve()
    await Promise.all(calls)
    expect(events).toEqual([{ type: 'health', pool: 'spill', endpoint: 'a', at: 5, up: true }])
  })

  it('one that fails is told and may be tried again', async () => {
    const { wake, events, failures, open } = worldOf()
    const first = wake(poolOf())
    open[0]!.reject(new Error('status 500'))
    await first
    expect([failures, events]).toEqual([['spill: status 500'], []])
    const second = wake(poolOf())
    open[1]!.resolve()
    await second
    expect(events).toHaveLength(1)
  })

  it('pools do not wait for each other', () => {
    const { wake, open } = worldOf()
    void wake(poolOf({ id: 'a' }))
    void wake(poolOf({ id: 'b' }))
    expect(open).toHaveLength(2)
  })
})
