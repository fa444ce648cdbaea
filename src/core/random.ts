/** A stream of uniform numbers in [0, 1). Passed in wherever chance is needed, so that a seed replays a whole run. */
export type Random = () => number

/**
 * Seeded generator: xoshiro128** (Blackman and Vigna, 2018, public domain), 32 bits a draw, state filled by splitmix32.
 * Fast and well distributed; not for secrets.
 */
export function seededRandom(seed: number): Random {
  let z = seed >>> 0
  const splitmix = (): number => {
    z = (z + 0x9e3779b9) >>> 0
    let x = z
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad)
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97)
    return (x ^ (x >>> 15)) >>> 0
  }
  let [a, b, c, d] = [splitmix(), splitmix(), splitmix(), splitmix()]
  return () => {
    const mixed = Math.imul(b, 5)
    const result = Math.imul((mixed << 7) | (mixed >>> 25), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 11) | (d >>> 21)
    return result / 4294967296
  }
}

/** One draw from the exponential distribution with the given mean. */
export function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random())
}

/** One draw from the standard normal distribution (Box and Muller, one of the pair). */
export function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
