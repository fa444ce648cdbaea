import { frameRoom, writeFrame } from './frame.ts'

/** Enough for most groups; a larger buffer, which a large record has needed, is not kept. */
const KEPT_BYTES = 256 * 1024

/** Records on their way to the thread that writes: as frames from the first, so that they are copied once and never taken apart again. */
export class FrameGroup {
  #buffer = Buffer.allocUnsafeSlow(KEPT_BYTES)
  #end = 0
  /** Characters of the texts. */
  size = 0

  add(text: string): void {
    const needed = this.#end + frameRoom(text)
    if (needed > this.#buffer.length) {
      const wider = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#buffer.length))
      this.#buffer.copy(wider, 0, 0, this.#end)
      this.#buffer = wider
    }
    this.#end = writeFrame(this.#buffer, this.#end, text)
    this.size += text.length
  }

  /** The frames, in memory of their own that can change its thread; the group is empty then. */
  take(): ArrayBuffer {
    const frames = this.#buffer.buffer.slice(0, this.#end)
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = Buffer.allocUnsafeSlow(KEPT_BYTES)
    this.#end = this.size = 0
    return frames
  }
}
