import { describe, expect, it } from 'vitest'
import { changeOf, pivotOf } from './pivot.ts'

const pair = (first: string | null, second: string | null, costUsd: string) => ({ group: [first, second], costUsd })

describe('costs by two dimensions', () => {
  it('has the largest of each, and every dollar once', () => {
    const pairs = [pair('chat', 'v1', '5'), pair('chat', 'v2', '1'), pair('chat', 'v3', '0.25'), pair('search', 'v2', '3'), pair(null, 'v1', '0.5'), pair('rare', 'v3', '0.125')]
    const pivot = pivotOf(pairs, [{ costUsd: '2' }], { rows: 3, columns: 2 })
    expect(pivot.columns).toEqual(['v1', 'v2'])
    expect(pivot.rows).toEqual([
      { name: 'chat', cells: [5, 1], rest: 0.25, total: 6.25 },
      { name: 'search', cells: [0, 3], rest: 0, total: 3 },
      { name: null, cells: [0.5, 0], rest: 0, total: 0.5 },
    ])
    expect(pivot.rest).toBe(2.125)
    expect(pivot.most).toBe(5)
  })

  it('tells what is not said from a value of that name', () => {
    expect(pivotOf([pair('null', 'a', '1'), pair(null, 'a', '2')], [], { rows: 9, columns: 9 }).rows.map(({ name }) => name)).toEqual([null, 'null'])
  })

  it('is empty where there is nothing', () => {
    expect(pivotOf([], [], { rows: 9, columns: 9 })).toEqual({ columns: [], rows: [], rest: 0, most: 0 })
  })

  it.each([
    [3, 2, 0.5],
    [0, 2, -1],
    [3, 0, null],
  ])('%d after %d is a change of %s', (now, then, change) => {
    expect(changeOf(now, then)).toBe(change)
  })
})
