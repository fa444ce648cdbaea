import type { Clock } from '../../core/clock.ts'
import type { ControlStore } from '../../store/control.ts'
import type { UserRow } from '../../store/people.ts'
import { ApiError } from '../api/api-error.ts'
import { Slots } from '../ingest/slots.ts'
import { LoginGuard } from './login-guard.ts'
import { verifyPassword } from './passwords.ts'

/** A password takes 32 MiB and a thread of the pool that files are read with. */
const AT_ONCE = 2
const MOST_WAITING = 32

/** Passwords, a few at a time and slower the more are wrong. */
export class SignIn {
  readonly #people: ControlStore['people']
  readonly #clock: Clock
  readonly #guard = new LoginGuard()
  readonly #slots = new Slots(AT_ONCE)
  readonly #verify: typeof verifyPassword
  #waiting = 0

  constructor(people: ControlStore['people'], clock: Clock, verify = verifyPassword) {
    this.#people = people
    this.#clock = clock
    this.#verify = verify
  }

  /** Throws the same, after the same time, for an address that nobody has, a wrong password, and a user who is not let in. */
  async byPassword(address: string, password: string, from: string): Promise<UserRow> {
    const email = address.trim().toLowerCase()
    const wait = this.#guard.attempt(email, from, this.#clock.now())
    if (wait > 0) throw new ApiError('too_many_attempts', `Too many attempts: try again in ${Math.ceil(wait / 1000)} seconds.`, null, { retryAfterSeconds: Math.ceil(wait / 1000) })
    const user = await this.#people.users.byEmail(email)
    const isRight = await this.inTurn(() => this.#verify(password, user?.password ?? null))
    if (user === null || !isRight || user.disabledAt !== null) throw new ApiError('invalid_login', 'The address or the password is wrong.')
    this.#guard.succeeded(email, from)
    return user
  }

  /** Whatever hashes a password waits here. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MOST_WAITING) throw new ApiError('busy', 'Too many sign in at once: try again in a moment.', null, { retryAfterSeconds: 1 })
    this.#waiting++
    try {
      return await this.#slots.run(work)
    } finally {
      this.#waiting--
    }
  }
}
