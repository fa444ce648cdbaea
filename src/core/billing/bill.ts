import type { Bill, LineItem } from './rate-card.ts'

/** A bill over these lines: lines of no quantity are left out, the total is the exact sum, and any `missing` makes it partial. */
export function billOf(lines: readonly LineItem[], missing: readonly string[]): Bill {
  const kept = lines.filter((line) => line.quantity > 0 || line.amount !== 0n)
  const total = kept.reduce((sum, line) => sum + line.amount, 0n)
  return { lines: kept, total, status: missing.length === 0 ? 'complete' : 'partial', missing }
}

/** One bill for many: lines of the same kind, unit and bucket are added, whatever is missing in one is missing in the sum. */
export function sumBills(bills: readonly Bill[]): Bill {
  const lines = new Map<string, LineItem>()
  const missing = new Set<string>()
  for (const bill of bills) {
    for (const name of bill.missing) missing.add(name)
    for (const line of bill.lines) {
      const key = `${line.kind} ${line.unit} ${line.bucket ?? ''}`
      const sum = lines.get(key)
      lines.set(key, sum === undefined ? line : { ...sum, amount: sum.amount + line.amount, quantity: sum.quantity + line.quantity })
    }
  }
  return billOf([...lines.values()], [...missing].sort())
}
