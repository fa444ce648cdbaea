/**
 * Finds records by 32-bit keys: open addressing over typed arrays, at most half full, so that a look-up on the hot path
 * allocates nothing. The records lie one after another in the owner's array, each with its key first. A removal moves
 * later entries up instead of leaving marks.
 */
export class SlotTable {
  readonly #records: Int32Array
  /** Offset of the record + 1; 0 = free. */
  readonly #cells: Int32Array
  readonly #shift: number

  /** `stride`: length of a record. */
  constructor(records: Int32Array, stride: number) {
    const bits = Math.max(2, Math.ceil(Math.log2((2 * records.length) / stride + 1)))
    this.#records = records
    this.#cells = new Int32Array(2 ** bits)
    this.#shift = 32 - bits
  }

  /** Where the record with this key begins, or -1. */
  find(key: number): number {
    const mask = this.#cells.length - 1
    for (let cell = this.#home(key); ; cell = (cell + 1) & mask) {
      const record = this.#cells[cell]! - 1
      if (record < 0 || this.#records[record] === key) return record
    }
  }

  /** Adds a record whose key is written already and not in the table. */
  add(record: number): void {
    const mask = this.#cells.length - 1
    let cell = this.#home(this.#records[record]!)
    while (this.#cells[cell] !== 0) cell = (cell + 1) & mask
    this.#cells[cell] = record + 1
  }

  /** Removes a record that is in the table; its key must still be written. */
  remove(record: number): void {
    const mask = this.#cells.length - 1
    let gap = this.#home(this.#records[record]!)
    while (this.#cells[gap] !== record + 1) gap = (gap + 1) & mask
    this.#cells[gap] = 0
    for (let cell = (gap + 1) & mask; this.#cells[cell] !== 0; cell = (cell + 1) & mask) {
      const home = this.#home(this.#records[this.#cells[cell]! - 1]!)
      // It may move to the gap only if the gap lies on its way from home.
      if (((cell - home) & mask) < ((cell - gap) & mask)) continue
      this.#cells[gap] = this.#cells[cell]!
      this.#cells[cell] = 0
      gap = cell
    }
  }

  #home(key: number): number {
    return Math.imul(key, 0x9e3779b1) >>> this.#shift
  }
}
