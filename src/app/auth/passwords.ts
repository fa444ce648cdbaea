import { randomBytes, scrypt as scryptOf, timingSafeEqual, type ScryptOptions } from 'node:crypto'
import { promisify } from 'node:util'
import { SpillwayError } from '../../core/errors.ts'

const scrypt = promisify<string, Buffer, number, ScryptOptions, Buffer>(scryptOf)

/** RFC 7914. 32 MiB and some 100 ms for each password; stored with it, so that they can grow. */
const COST = { N: 2 ** 15, r: 8, p: 1 } as const
const MOST_N = 2 ** 20
const SALT_BYTES = 16
const HASH_BYTES = 32
const SHORTEST = 12
/** A longer one is hashed no better, and costs its length before. */
const LONGEST = 256
const FEWEST_CHARACTERS = 5
/** What a password may begin with that everybody tries, once digits and signs are taken out. */
const COMMON = ['password', 'passwort', 'passphrase', 'letmein', 'welcome', 'changeme', 'iloveyou', 'administrator', 'admin', 'qwerty', 'qwertyuiop', 'qwertz', 'azerty', 'asdfghjkl', 'zxcvbnm', 'trustno', 'superman', 'football', 'baseball', 'sunshine', 'princess', 'dragon', 'monkey', 'master', 'shadow', 'secret', 'default', 'login', 'test', 'spillway'] as const
const RUNS = ['abcdefghijklmnopqrstuvwxyz', '01234567890123456789', 'qwertyuiopasdfghjklzxcvbnm', 'qwertzuiopasdfghjklyxcvbnm']

/** Throws PASSWORD_WEAK, with what is wrong. NIST SP 800-63B: length and a list of the common ones, no rules of composition. */
export function checkPassword(password: string, email: string): void {
  if ([...password].length < SHORTEST) throw weak(`has fewer than ${SHORTEST} characters`)
  if (password.length > LONGEST) throw weak(`has more than ${LONGEST} characters`)
  const plain = password.normalize('NFKC').toLowerCase()
  if (new Set(plain).size < FEWEST_CHARACTERS) throw weak('repeats a few characters')
  const [name = ''] = email.toLowerCase().split('@')
  const around = name.length >= 4 ? plain.replace(email.toLowerCase(), '').replaceAll(name, '') : plain
  if (around !== plain && around.length < SHORTEST / 2) throw weak('is your address')
  const letters = plain.replaceAll(/[^\p{L}]/gu, '')
  const said = (word: string): boolean => letters !== '' && letters.replaceAll(word, '') === ''
  if (COMMON.some(said) || COMMON.some((word) => said(unleet(word)) || (unleet(plain).startsWith(word) && plain.length - word.length < SHORTEST / 2))) throw weak('is one of the first that are tried')
  const forth = plain.slice(0, SHORTEST)
  const back = [...forth].toReversed().join('')
  if (RUNS.some((run) => run.includes(forth) || run.includes(back))) throw weak('is a row of keys')
}

/** As it is stored: the parameters, the salt and the hash. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  return `scrypt$${COST.N}$${COST.r}$${COST.p}$${salt.toString('base64url')}$${(await derive(password, salt, COST)).toString('base64url')}`
}

/** Takes as long for nobody (null) as for somebody. */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const { cost, salt, hash } = parse(stored ?? NOBODY)
  const derived = await derive(password.slice(0, LONGEST), salt, cost)
  return timingSafeEqual(derived, hash) && stored !== null
}

const NOBODY = `scrypt$${COST.N}$${COST.r}$${COST.p}$${randomBytes(SALT_BYTES).toString('base64url')}$${randomBytes(HASH_BYTES).toString('base64url')}`

function derive(password: string, salt: Buffer, { N, r, p }: { readonly N: number; readonly r: number; readonly p: number }): Promise<Buffer> {
  return scrypt(password.normalize('NFKC'), salt, HASH_BYTES, { N, r, p, maxmem: 256 * N * r })
}

function parse(stored: string): { readonly cost: { readonly N: number; readonly r: number; readonly p: number }; readonly salt: Buffer; readonly hash: Buffer } {
  const [scheme, N, r, p, salt = '', hash = ''] = stored.split('$')
  const cost = { N: Number(N), r: Number(r), p: Number(p) }
  const bytes = Buffer.from(hash, 'base64url')
  if (scheme !== 'scrypt' || !(cost.N >= 2 && cost.N <= MOST_N) || bytes.length !== HASH_BYTES) throw new SpillwayError('CONTROL_ROW_INVALID', 'a stored password cannot be read', 'Give the user a new one with "spillway users password-link"')
  return { cost, salt: Buffer.from(salt, 'base64url'), hash: bytes }
}

function unleet(text: string): string {
  return text.replaceAll(/[@4]/gu, 'a').replaceAll('0', 'o').replaceAll('3', 'e').replaceAll(/[1!]/gu, 'i').replaceAll(/[$5]/gu, 's')
}

function weak(what: string): SpillwayError {
  return new SpillwayError('PASSWORD_WEAK', `the password ${what}`, `Choose one of ${SHORTEST} characters or more that nobody else has; a few unrelated words do`)
}
