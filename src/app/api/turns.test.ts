import { expect, it } from 'vitest'
import { Turns } from './turns.ts'

/** Work that goes on until it is told to end. */
function held(): { readonly work: () => Promise<string>; readonly end: () => void } {
  let end!: () => void
  const done = new Promise<string>((resolve) => (end = () => resolve('done')))
  return { work: () => done, end }
}

it('refuses what a key has beyond its share, and what all have beyond theirs; whoever is done makes room', async () => {
  const turns = new Turns(2, 3)
  const works = [held(), held(), held()]
  const running = works.map(({ work }, index) => turns.take(index < 2 ? 'a' : 'b', work))
  await expect(turns.take('a', held().work)).rejects.toMatchObject({ code: 'busy', status: 429, message: expect.stringContaining('2 of these') })
  await expect(turns.take('c', held().work)).rejects.toMatchObject({ code: 'busy', message: expect.stringContaining('Too many') })
  works[0]!.end()
  expect(await running[0]).toBe('done')
  expect(await turns.take('a', () => Promise.resolve(7))).toBe(7)
  await expect(turns.take('c', () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
  expect(await turns.take('c', () => Promise.resolve(8))).toBe(8)
  for (const { end } of works) end()
  expect(await Promise.all(running)).toEqual(['done', 'done', 'done'])
})
