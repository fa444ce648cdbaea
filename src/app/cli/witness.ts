import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { SpillwayError } from '../../core/errors.ts'
import { newSigningKey, parseSigningKey, parseVerifierKey, type Signer } from '../../prove/note/keys.ts'
import { NO_STATE, Witness } from '../../prove/witness/witness.ts'
import { lockFile } from '../../store/file-lock.ts'
import { readOrCreatePrivate, readPrivate } from '../../store/control/private-file.ts'
import { untilSignal } from '../server/until-signal.ts'
import { serveWitness } from '../witness/serve-witness.ts'
import type { Io } from './io.ts'
import { count } from './options.ts'

interface KeygenOptions {
  readonly name: string
  readonly out: string
  readonly json?: boolean
}

interface ServeOptions {
  readonly key: string
  readonly log: readonly string[]
  readonly host: string
  readonly port: number
}

/** `spillway witness`: signs other logs' checkpoints, each of which must go on from the last (C2SP tlog-witness). */
export function witnessCommand(io: Io): Command {
  const keygen = new Command('keygen')
    .description('make the key of a witness, and its empty memory beside it')
    .requiredOption('--name <name>', "the witness's name for ever, such as a domain and a path")
    .requiredOption('-o, --out <file>', 'where to write the key; its memory goes to <file>.state')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  $ spillway witness keygen --name witness.example.com/w1 -o witness.key\n')
    .action((options: KeygenOptions) => runKeygen(options, io))
  const serve = new Command('serve')
    .description("sign logs' checkpoints over HTTP, on a machine that the logs' operator does not rule")
    .requiredOption('--key <file>', 'as made by keygen; its memory lies in <file>.state')
    .requiredOption('--log <key...>', 'verifier key of a log, or a file that holds it; may be given again')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port to listen on', count, 8790)
    .addHelpText('after', '\nPut TLS in front of it. Keep the state file in the backup, and never bring back an older one.\n\nExamples:\n  $ spillway witness serve --key witness.key --log log.key\n  $ spillway witness serve --key witness.key --log one.key --log two.key --host 0.0.0.0 --port 80\n')
    .action((options: ServeOptions) => runServe(options, io))
  return new Command('witness').description("sign other logs' checkpoints, so that they cannot be rewritten unseen").addCommand(keygen).addCommand(serve)
}

function runKeygen({ name, out, json }: KeygenOptions, io: Io): void {
  if (existsSync(out)) throw new SpillwayError('FILE_NOT_WRITABLE', 'there is a file already', 'Name another one: a key is never replaced', { file: out })
  const text = newSigningKey(name, randomBytes(32), true)
  // First: a key without memory must not start.
  readOrCreatePrivate(stateOf(out), () => NO_STATE)
  readOrCreatePrivate(out, () => `${text}\n`)
  const { text: verifierKey } = signerOf(out, io).verifier
  if (json === true) io.stdout(`${JSON.stringify({ key: out, state: stateOf(out), verifierKey }, null, 2)}\n`)
  else io.stdout(`Key in ${out}, memory in ${stateOf(out)}\nVerifier key  ${verifierKey}\n\nGive this key to the operators of the logs (audit.witnesses) and to whoever verifies them.\n`)
}

async function runServe({ key, log, host, port }: ServeOptions, io: Io): Promise<void> {
  const stopSignal = untilSignal()
  const stateFile = resolve(stateOf(key))
  const unlock = lockState(stateFile)
  try {
    const witness = new Witness({ signer: signerOf(key, io), logs: log.map(logKey), stateFile })
    const served = await serveWitness(witness, { host, port, onAnswer: (status, reason) => io.stderr(`${io.now().toISOString()} ${status} ${reason.replaceAll(/[^ -~]/gu, '?').slice(0, 200)}\n`) })
    io.stderr(`witness of ${log.length} ${log.length === 1 ? 'log' : 'logs'}: http://${served.host}:${served.port}/add-checkpoint\n`)
    await stopSignal
    await served.close()
  } finally {
    unlock()
  }
}

function stateOf(key: string): string {
  return `${key}.state`
}

function signerOf(file: string, io: Io): Signer {
  const text = readPrivate(file)
  if (text === null) throw new SpillwayError('FILE_NOT_FOUND', 'there is no such key', 'Make one with "spillway witness keygen"', { file })
  return parseSigningKey(text, { now: () => BigInt(Math.floor(io.now().getTime() / 1000)) })
}

function logKey(text: string): ReturnType<typeof parseVerifierKey> {
  if (text.includes('+') && !existsSync(text)) return parseVerifierKey(text)
  try {
    return parseVerifierKey(readFileSync(text, 'utf8'))
  } catch (error) {
    if (error instanceof SpillwayError) throw error
    throw new SpillwayError('FILE_NOT_READABLE', 'the verifier key cannot be read', 'Give the key itself, or a file that holds it', { file: text }, { cause: error })
  }
}

function lockState(file: string): () => void {
  try {
    return lockFile(`${file}.lock`)
  } catch (error) {
    throw new SpillwayError('AUDIT_LOCKED', 'another process uses this witness', 'Stop the other: a witness has one memory', { file }, { cause: error })
  }
}
