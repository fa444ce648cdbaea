import { BoundedMap } from './bounded-map.ts'

const MOST_CLAIMS = 500_000

/** Calls that one detector will take out, each with the number of what it belongs to. */
export class Claims {
  readonly #ids = new BoundedMap<number>(MOST_CLAIMS, 'refuse')

  claim(id: string, group: number): void {
    this.#ids.claim(id, () => group)
  }

  of(id: string): number | undefined {
    return this.#ids.get(id)
  }

  limit(what: string): string | null {
    return this.#ids.dropped === 0 ? null : `${this.#ids.dropped} ${what} beyond ${MOST_CLAIMS} are not counted`
  }
}
