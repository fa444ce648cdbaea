/**
 * What each call has had of a replica that is paid by time. With n calls in flight each has a n-th of every moment, so the
 * running integral of 1/n, read at a call's start and end, is its share in O(1), and the shares of all calls add up to the
 * time in which there was any. Behind one URL of a serverless pool there are as many replicas as the load needs: one for
 * each `capacity` calls.
 */
export class ReplicaShare {
  readonly #capacity: number
  #calls = 0
  #integral = 0
  #at = 0

  /** `capacity`: calls that one replica holds; infinite for an endpoint that is one replica. */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** A call begins at `now` (ms). Returns the mark that `leave` wants back. */
  enter(now: number): number {
    this.#advance(now)
    this.#calls++
    return this.#integral
  }

  /** What the call that began at `mark` has had up to now, in ms of a replica. */
  soFar(mark: number, now: number): number {
    this.#advance(now)
    return this.#integral - mark
  }

  leave(mark: number, now: number): number {
    const share = this.soFar(mark, now)
    this.#calls--
    return share
  }

  #advance(now: number): void {
    const elapsed = Math.max(0, now - this.#at)
    this.#at = Math.max(this.#at, now)
    if (this.#calls > 0) this.#integral += (elapsed * Math.ceil(this.#calls / this.#capacity || 1)) / this.#calls
  }
}
