import { createHash, hash, type Hash } from 'node:crypto'

/** What a call's record says of its bodies, whether or not they are kept: SHA-256 of their bytes, hex. */
export interface BodyHashes {
  /** As the client sent it; null = it never came whole. */
  readonly request: string | null
  /** As the client got it, up to where it broke off; null = nothing of an upstream's came. Error messages of the gateway's own are not in it. */
  readonly response: string | null
}

/** Streams come in chunks of a hundred bytes, each of which would cost half a microsecond by itself. */
const GATHERED = 4096

/** Hashes the bodies of one call as they go by. */
export class BodyHash {
  #request: string | null = null
  #response: Hash | null = null
  #gathered: Buffer | null = null
  #end = 0

  request(body: Buffer): void {
    this.#request = hash('sha256', body, 'hex')
  }

  response(chunk: Buffer): void {
    this.#response ??= createHash('sha256')
    if (this.#end + chunk.length > GATHERED) this.#flush()
    if (chunk.length > GATHERED) {
      this.#response.update(chunk)
      return
    }
    this.#gathered ??= Buffer.allocUnsafeSlow(GATHERED)
    this.#end += chunk.copy(this.#gathered, this.#end)
  }

  /** Once, at the end. */
  taken(): BodyHashes {
    this.#flush()
    return { request: this.#request, response: this.#response?.digest('hex') ?? null }
  }

  #flush(): void {
    if (this.#end > 0) this.#response!.update(this.#gathered!.subarray(0, this.#end))
    this.#end = 0
  }
}
