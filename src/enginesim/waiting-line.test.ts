import fc from 'fast-check'
import { expect, it } from 'vitest'
import { WaitingLine } from './waiting-line.ts'

it('serves like a plain list, whoever pushes in front or leaves', () => {
  const action = fc.record({ kind: fc.constantFrom('push', 'pushFront', 'shift', 'remove'), pick: fc.nat() })
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
      const line = new WaitingLine<{ readonly id: number }>()
      const list: { readonly id: number }[] = []
      for (const [id, { kind, pick }] of actions.entries()) {
        const item = { id }
        if (kind === 'push') {
          line.push(item)
          list.push(item)
        } else if (kind === 'pushFront') {
          line.pushFront(item)
          list.unshift(item)
        } else if (list.length > 0 && kind === 'shift') {
          line.first()
          line.shift()
          list.shift()
        } else if (list.length > 0) line.remove(list.splice(pick % list.length, 1)[0]!)
        expect(line.length).toBe(list.length)
        expect(line.first()).toBe(list[0] ?? null)
      }
    }),
  )
})

it('holds thousands and gives their room back', () => {
  const line = new WaitingLine<{ readonly id: number }>()
  for (let id = 0; id < 5000; id++) line.push({ id })
  for (let id = 0; id < 5000; id++) {
    expect(line.first()).toEqual({ id })
    line.shift()
  }
  expect([line.length, line.first()]).toEqual([0, null])
})
