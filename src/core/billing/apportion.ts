/**
 * A whole in parts that are as the weights are, and add up to it: each gets its share rounded down, and what is left goes, one each, to the
 * largest remainders (Hamilton's method), of equal ones to the higher rank, of equal ranks to the first. Weights of zero in all: the whole is the last one's.
 */
export function apportion(whole: bigint, weights: readonly bigint[], ranks: readonly bigint[] = weights): bigint[] {
  const sum = weights.reduce((all, weight) => all + weight, 0n)
  if (sum === 0n) return weights.map((_, index) => (index === weights.length - 1 ? whole : 0n))
  const parts = weights.map((weight) => (whole * weight) / sum)
  const left = Number(whole - parts.reduce((all, part) => all + part, 0n))
  const byRank = (a: number, b: number): number => (ranks[a]! < ranks[b]! ? 1 : ranks[a]! > ranks[b]! ? -1 : a - b)
  const byRemainder = weights.map((weight, index) => ({ index, remainder: (whole * weight) % sum })).toSorted((a, b) => (a.remainder < b.remainder ? 1 : a.remainder > b.remainder ? -1 : byRank(a.index, b.index)))
  for (const { index } of byRemainder.slice(0, left)) parts[index]!++
  return parts
}
