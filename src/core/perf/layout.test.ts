import { describe, expect, it } from 'vitest'
import { gpusOf, normalLayout } from './layout.ts'

const layout = (tp: number, attentionDp: number, moeTp: number, moeEp: number): { tp: number; pp: number; attentionDp: number; moeTp: number; moeEp: number } => ({ tp, pp: 1, attentionDp, moeTp, moeEp })

describe('normalLayout', () => {
  it('leaves plain tensor parallelism alone', () => {
    expect(normalLayout(layout(8, 1, 8, 1), 16)).toEqual({ layout: layout(8, 1, 8, 1), batch: 16 })
  })

  it('reads tp 64 with experts 8 x 8 as eight GPUs with expert parallelism', () => {
    expect(normalLayout(layout(64, 1, 8, 8), 16)).toEqual({ layout: layout(8, 1, 1, 8), batch: 16 })
  })

  it('reads attention dp 64 with experts 8 x 8 as eight ranks, and counts the requests of all of them', () => {
    expect(normalLayout(layout(1, 64, 8, 8), 4)).toEqual({ layout: layout(1, 8, 1, 8), batch: 32 })
  })

  it('reads tp 4, dp 4, experts 1 x 16 as four GPUs', () => {
    expect(normalLayout(layout(4, 4, 1, 16), 2)).toEqual({ layout: layout(4, 1, 1, 4), batch: 8 })
  })

  it('counts the requests of all data-parallel ranks', () => {
    expect(normalLayout(layout(1, 8, 1, 8), 16)).toEqual({ layout: layout(1, 8, 1, 8), batch: 128 })
  })

  it('counts GPUs', () => {
    expect(gpusOf({ tp: 2, pp: 2, attentionDp: 2, moeTp: 1, moeEp: 1 })).toBe(8)
  })
})
