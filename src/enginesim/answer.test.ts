import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Answer } from './answer.ts'
import { jsonAnswer, wordAnswer } from './answer.ts'
import { encode } from './tokens.ts'

const joined = (answer: Answer): string => Array.from({ length: answer.count }, (_, index) => answer.fragment(index, index + 1)).join('')

describe('an answer in words', () => {
  it('is as long as natural or as allowed, and says which', () => {
    expect(wordAnswer(1, { natural: 10, most: 20 }, [])).toMatchObject({ count: 10, finish: 'stop' })
    expect(wordAnswer(1, { natural: 30, most: 20 }, [])).toMatchObject({ count: 20, finish: 'length' })
  })

  it('is the same for the same seed, token by token as a whole', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 50 }), (seed, natural) => {
        const answer = wordAnswer(seed, { natural, most: 50 }, [])
        expect(joined(answer)).toBe(answer.text())
        expect(wordAnswer(seed, { natural, most: 50 }, []).text()).toBe(answer.text())
        expect([...encode(answer.text())]).toEqual(Array.from({ length: answer.count }, (_, index) => answer.token(index)))
      }),
    )
    expect(wordAnswer(1, { natural: 9, most: 9 }, []).text()).not.toBe(wordAnswer(2, { natural: 9, most: 9 }, []).text())
  })

  it('ends before the first stop string that comes up', () => {
    const whole = wordAnswer(1, { natural: 40, most: 40 }, []).text()
    const [early, late] = [whole.slice(22, 28), whole.slice(61, 66)]
    const cut = wordAnswer(1, { natural: 40, most: 40 }, [late, 'never', early])
    expect(cut).toMatchObject({ finish: 'stop', stopReason: early, count: 7 })
    expect([cut.text(), joined(cut)]).toEqual([whole.slice(0, 22), whole.slice(0, 22)])
  })
})

describe('an answer in JSON', () => {
  it('is valid whatever is in it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const answer = jsonAnswer(value, 1e6, null)
        expect(JSON.parse(joined(answer))).toEqual(JSON.parse(JSON.stringify(value)))
        expect(answer.finish).toBe('stop')
      }),
    )
  })

  it('that calls a tool says so, and one that is cut says that', () => {
    expect(jsonAnswer({ a: 1 }, 100, 'f')).toMatchObject({ tool: 'f', finish: 'tool_calls', count: 2 })
    expect(jsonAnswer({ a: 'long enough' }, 2, 'f')).toMatchObject({ finish: 'length', count: 2 })
  })
})
