import { frameRoom, writeFrame } from './frame.ts'

/** Memory of a group, unless one record needs more. */
export const GROUP_BYTES = 512 * 1024
/** Groups on their way to the disk and back, at most; what comes back beyond that is dropped. */
const MOST_SPARE = 4

/** Records on their way to the thread that writes: as frames from the first, so that they are copied once and never taken apart again. */
export class FrameGroup {
  #buffer: Buffer = empty(GROUP_BYTES)
  #end = 0
  readonly #spare: ArrayBuffer[] = []
  /** Characters of the texts. */
  size = 0

  add(text: string): void {
    const needed = this.#end + frameRoom(text)
    if (needed > this.#buffer.length) {
      const wider = empty(Math.max(needed, 2 * this.#buffer.length))
      this.#buffer.copy(wider, 0, 0, this.#end)
      this.#buffer = wider
    }
    this.#end = writeFrame(this.#buffer, this.#end, text)
    this.size += text.length
  }

  /** The frames, up to `end`. The group is empty then, and the memory no more its own. */
  take(): { readonly memory: ArrayBuffer; readonly end: number } {
    const taken = { memory: this.#buffer.buffer as ArrayBuffer, end: this.#end }
    const spare = this.#spare.pop()
    this.#buffer = spare === undefined ? empty(GROUP_BYTES) : Buffer.from(spare)
    this.#end = this.size = 0
    return taken
  }

  /** Memory of `GROUP_BYTES` that was taken and is not needed any more. */
  reuse(memory: readonly ArrayBuffer[]): void {
    for (const one of memory) if (this.#spare.length < MOST_SPARE) this.#spare.push(one)
  }
}

function empty(bytes: number): Buffer {
  return Buffer.from(new ArrayBuffer(bytes))
}
