/** What a call's bodies were, for whoever is to keep them. */
export interface CallBodies {
  readonly id: string
  readonly tenant: string
  readonly user: string | null
  /** Unix ms. */
  readonly at: number
  /** At most as many bytes of each as are kept. */
  readonly request: Buffer
  readonly response: Buffer
  readonly truncated: boolean
}

/** What a call's record says of its bodies. */
export interface KeptBodies {
  /** Hex; null = it is made later, and has a record of its own. */
  readonly commitment: string | null
  /** Places that were redacted so far. */
  readonly redacted: number
}

export interface BodyKeeper {
  /** Most bytes of each body. */
  readonly maxBytes: number
  /** Takes them and returns at once; null = they are not kept. Must not throw. */
  readonly keep: (bodies: CallBodies) => KeptBodies | null
}

/** Collects the bodies of one call as they go by. Holds on to the chunks, and copies none before the end. */
export class BodyTap {
  readonly #max: number
  #request: Buffer = Buffer.alloc(0)
  #chunks: Buffer[] = []
  #bytes = 0
  #truncated = false

  constructor(maxBytes: number) {
    this.#max = maxBytes
  }

  request(body: Buffer): void {
    this.#request = body.subarray(0, this.#max)
    this.#truncated ||= body.length > this.#max
  }

  response(chunk: Buffer): void {
    const room = this.#max - this.#bytes
    if (chunk.length > room) this.#truncated = true
    if (room <= 0) return
    this.#chunks.push(chunk.subarray(0, room))
    this.#bytes += Math.min(chunk.length, room)
  }

  taken(): Pick<CallBodies, 'request' | 'response' | 'truncated'> {
    return { request: this.#request, response: Buffer.concat(this.#chunks), truncated: this.#truncated }
  }
}
