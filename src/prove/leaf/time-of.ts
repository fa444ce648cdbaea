import type { Leaf } from './schema.ts'

/** When a leaf's call ended, or its act happened: Unix ms. */
export function timeOf(leaf: Leaf): number {
  return Date.parse(leaf.leaf === 'call' ? leaf.end : leaf.at)
}
