import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Roster } from './roster.ts'
import type { Listed } from './roster.ts'

it('holds what was added and not removed', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(20))), (steps) => {
      const roster = new Roster<Listed>()
      const members = Array.from({ length: 21 }, () => ({ place: -1 }))
      const model = new Set<Listed>()
      const removals: [boolean, boolean][] = []
      for (const [add, which] of steps) {
        const member = members[which]!
        if (add && !model.has(member)) {
          roster.add(member)
          model.add(member)
        } else if (!add) removals.push([roster.remove(member), model.delete(member)])
      }
      expect(removals.filter(([one, other]) => one !== other)).toEqual([])
      const seen = new Set<Listed>()
      roster.forEach((member) => seen.add(member))
      expect(seen).toEqual(model)
      expect(roster.size).toBe(model.size)
    }),
  )
})

it('lets members leave while they are visited', () => {
  const roster = new Roster<Listed>()
  const members = Array.from({ length: 10 }, () => ({ place: -1 }))
  for (const member of members) roster.add(member)
  const seen = new Set<Listed>()
  roster.forEach((member) => {
    seen.add(member)
    roster.remove(member)
  })
  expect([seen.size, roster.size]).toEqual([10, 0])
})
