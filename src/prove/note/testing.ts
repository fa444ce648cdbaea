import { newSigningKey, parseSigningKey, type Signer } from './keys.ts'

/** Keys of fixed seeds, for tests alone. */
export const LOG_KEY = newSigningKey('log.example/audit', Buffer.alloc(32, 0x11))
export const WITNESS_KEY = newSigningKey('witness.example/w1', Buffer.alloc(32, 0x22), true)
export const signerOf = (name: string, seed = 1): Signer => parseSigningKey(newSigningKey(name, Buffer.alloc(32, seed)))
