import { expect, it } from 'vitest'
import { Slots } from './slots.ts'

it('runs so many at once, in order, and goes on after a failure', async () => {
  const slots = new Slots(2)
  const log: string[] = []
  const doors = [0, 1, 2, 3].map(() => Promise.withResolvers<void>())
  const jobs = doors.map(({ promise }, index) =>
    slots.run(async () => {
      log.push(`begin ${index}`)
      await promise
    }),
  )
  await Promise.resolve()
  expect(log).toEqual(['begin 0', 'begin 1'])
  doors[0]!.reject(new Error('failed'))
  await expect(jobs[0]).rejects.toThrow('failed')
  expect(log).toEqual(['begin 0', 'begin 1', 'begin 2'])
  for (const { resolve } of doors) resolve()
  await Promise.all(jobs.slice(1))
  expect(log).toHaveLength(4)
})
