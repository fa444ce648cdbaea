import { describe, expect, it } from 'vitest'
import { wordAnswer } from './answer.ts'
import { WORDS, wordAt } from './words.ts'

/** By how they sound, a k as a c, so that another spelling does not slip through. */
const RUDE = new Set('bum cac coc cuc cul cum cun cut dic fag fap foc fuc fud fug gip hag heb hun huj jap jeb lul neg nig nip nob nog pic pis pud sod suc tit vag wog wop'.split(' '))
const sound = (word: string): string => word.trim().replaceAll('k', 'c')
/** Plain words that sound like one of them. */
const FINE = new Set([' cut', ' pic'])

describe('the words that engines answer with', () => {
  it('has none that is rude among all that it can make', () => {
    expect(WORDS.filter((word) => RUDE.has(sound(word)) && !FINE.has(word))).toEqual([])
  })

  it('still has 1,024 of them, each one token, no two alike', () => {
    expect(WORDS).toHaveLength(1024)
    expect(new Set(WORDS).size).toBe(1024)
    expect(WORDS.every((word) => /^ [a-z]{3}$/u.test(word))).toBe(true)
    expect(new Set(Array.from({ length: 50_000 }, (_, index) => wordAt(7, index))).size).toBe(1024)
  })

  it('puts a space between any two, so that no two make a third', () => {
    expect(wordAnswer(7, { natural: 2000, most: 2000 }, []).text()).toMatch(/^( [a-z]{3}){2000}$/u)
  })
})
