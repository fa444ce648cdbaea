import { describe, expect, it } from 'vitest'
import { callIds } from './call-ids.ts'

describe('ids of calls', () => {
  it('have 96 random bits each, and none comes twice', () => {
    const next = callIds()
    const ids = Array.from({ length: 2000 }, next)
    for (const id of ids) expect(id).toMatch(/^call_[\w-]{16}$/u)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('use every byte of the source once, in order', () => {
    let fills = 0
    const next = callIds((bytes) => {
      for (let index = 0; index < bytes.length; index++) bytes[index] = (fills * bytes.length + index) % 251
      fills++
    })
    const taken = Array.from({ length: 600 }, () => [...Buffer.from(next().slice('call_'.length), 'base64url')]).flat()
    expect(taken).toEqual(Array.from({ length: 600 * 12 }, (_, index) => index % 251))
    expect(fills).toBe(3)
  })
})
