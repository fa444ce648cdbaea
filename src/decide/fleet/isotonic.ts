/** The closest (least squares) sequence that never rises: runs that rise are replaced by their means (pool adjacent violators). */
export function nonIncreasing(values: readonly number[]): number[] {
  const blocks: { sum: number; count: number }[] = []
  for (const value of values) {
    let block = { sum: value, count: 1 }
    for (let last = blocks.at(-1); last !== undefined && last.sum * block.count < block.sum * last.count; last = blocks.at(-1)) {
      block = { sum: last.sum + block.sum, count: last.count + block.count }
      blocks.pop()
    }
    blocks.push(block)
  }
  return blocks.flatMap(({ sum, count }) => new Array<number>(count).fill(sum / count))
}

/** The running maximum. */
export function runningMax(values: readonly number[]): number[] {
  let most = Number.NEGATIVE_INFINITY
  return values.map((value) => (most = Math.max(most, value)))
}
