import { SpillwayError } from '../../core/errors.ts'
import { strictDecimal } from '../note/base64.ts'
import type { Verified, Verifier } from '../note/keys.ts'
import { openNote } from '../note/signed-note.ts'
import type { Hash } from '../tree/hash.ts'
import { formatAddCheckpoint, SIZE_TYPE } from './add-checkpoint.ts'

export interface WitnessOf {
  readonly verifier: Verifier
  /** Its submission prefix. */
  readonly url: string
}

/** A checkpoint that is to be signed, and the proof that its tree goes on from an earlier size. */
export interface ToCosign {
  readonly checkpoint: Buffer
  readonly size: bigint
  readonly prove: (old: bigint) => Promise<readonly Hash[]>
}

const MAX_ANSWER = 20_000

/** One witness as the log sees it: which size it signed last is learned from its answers. */
export class WitnessClient {
  readonly #witness: WitnessOf
  readonly #fetch: typeof fetch
  readonly #timeoutMs: number
  #old = 0n

  constructor(witness: WitnessOf, { fetch = globalThis.fetch, timeoutMs }: { readonly fetch?: typeof globalThis.fetch; readonly timeoutMs: number }) {
    this.#witness = witness
    this.#fetch = fetch
    this.#timeoutMs = timeoutMs
  }

  get verifier(): Verifier {
    return this.#witness.verifier
  }

  /**
   * The lines that this witness adds to the checkpoint, checked. Throws AUDIT_WITNESS_FAILED where it does not answer as it
   * should, AUDIT_ROLLED_BACK where it has signed more than the log holds, AUDIT_FORKED where it does not find the log consistent.
   */
  async cosign(target: ToCosign): Promise<{ readonly line: string; readonly verified: Verified }> {
    if (this.#old > target.size) throw this.#alarm('AUDIT_ROLLED_BACK', `has signed for ${this.#old} entries, the log holds ${target.size}`)
    let answer = await this.#send(target)
    if (answer.status === 409 && answer.type === SIZE_TYPE) {
      // Another size than was thought: at the first time, or after it was reached without its answer reaching the log.
      const size = answer.body.endsWith('\n') ? strictDecimal(answer.body.slice(0, -1)) : null
      if (size === null) throw this.#failed('names no size')
      if (size > target.size) throw this.#alarm('AUDIT_ROLLED_BACK', `has signed for ${size} entries, the log holds ${target.size}`)
      const known = this.#old
      this.#old = size
      if (size !== known) answer = await this.#send(target)
    }
    if (answer.status === 422) throw this.#alarm('AUDIT_FORKED', 'does not find that the log goes on from what it signed')
    if (answer.status === 409 && this.#old === target.size) throw this.#alarm('AUDIT_FORKED', `has signed another history of ${target.size} entries`)
    if (answer.status !== 200) throw this.#failed(`answers ${answer.status}`)
    const line = answer.body
      .split('\n')
      .filter((one) => one.startsWith(`\u2014 ${this.verifier.name} `))
      .map((one) => `${one}\n`)
      .join('')
    const verified = this.#verify(target.checkpoint, line)
    this.#old = target.size
    return { line, verified }
  }

  #verify(checkpoint: Buffer, line: string): Verified {
    try {
      return openNote(Buffer.concat([checkpoint, Buffer.from(line)]), [this.verifier]).verified[0]!
    } catch (error) {
      throw this.#failed('answers with no signature of its own', error)
    }
  }

  async #send({ checkpoint, prove }: ToCosign): Promise<{ readonly status: number; readonly type: string; readonly body: string }> {
    const old = this.#old
    const body = formatAddCheckpoint({ old, proof: old === 0n ? [] : await prove(old), checkpoint })
    try {
      const response = await this.#fetch(`${this.#witness.url.replace(/\/+$/u, '')}/add-checkpoint`, { method: 'POST', body: Uint8Array.from(body), redirect: 'error', signal: AbortSignal.timeout(this.#timeoutMs) })
      const chunks: Uint8Array[] = []
      let bytes = 0
      for await (const chunk of response.body ?? []) {
        bytes += chunk.length
        if (bytes > MAX_ANSWER) throw new Error('its answer is too long')
        chunks.push(chunk)
      }
      return { status: response.status, type: response.headers.get('content-type') ?? '', body: Buffer.concat(chunks).toString('utf8') }
    } catch (error) {
      const { message, cause } = error as Error
      throw this.#failed(`cannot be reached (${cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : message})`, error)
    }
  }

  #failed(what: string, cause?: unknown): SpillwayError {
    return new SpillwayError('AUDIT_WITNESS_FAILED', `the witness ${this.verifier.name} ${what}`, 'It is asked again; check its address and that it knows this log', {}, { cause })
  }

  #alarm(code: 'AUDIT_ROLLED_BACK' | 'AUDIT_FORKED', what: string): SpillwayError {
    return new SpillwayError(code, `the witness ${this.verifier.name} ${what}`, 'An old copy was put in the place of the log, or it was rewritten: keep everything and find out by whom')
  }
}
