import { describe, expect, it } from 'vitest'
import { Gate } from './gate.ts'

/** Work that goes on until it is told to end. */
function held(): { readonly work: () => Promise<void>; readonly end: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { work: () => promise, end: resolve }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

describe('Gate', () => {
  it('lets many in together, one alone, and nobody past one who waits', async () => {
    const gate = new Gate()
    const log: string[] = []
    const [first, second, alone, late] = [held(), held(), held(), held()]
    const enter = (name: string, { work }: ReturnType<typeof held>) => async (): Promise<void> => {
      log.push(`${name} in`)
      await work()
      log.push(`${name} out`)
    }
    const all = [gate.together(enter('first', first)), gate.together(enter('second', second)), gate.alone(enter('alone', alone)), gate.together(enter('late', late))]
    await settled()
    expect(log).toEqual(['first in', 'second in'])
    first.end()
    await settled()
    expect(log).toEqual(['first in', 'second in', 'first out'])
    second.end()
    await settled()
    expect(log.slice(3)).toEqual(['second out', 'alone in'])
    alone.end()
    await settled()
    expect(log.slice(5)).toEqual(['alone out', 'late in'])
    late.end()
    await Promise.all(all)
    expect(log.at(-1)).toBe('late out')
  })

  it('goes on after work that failed', async () => {
    const gate = new Gate()
    await expect(gate.alone(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await gate.together(() => Promise.resolve(1))).toBe(1)
    expect(await gate.alone(() => Promise.resolve(2))).toBe(2)
  })
})
