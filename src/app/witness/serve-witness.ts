import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SpillwayError } from '../../core/errors.ts'
import type { Witness, WitnessAnswer } from '../../prove/witness/witness.ts'

const MAX_BODY_BYTES = 100_000
const REQUEST_MS = 10_000
const MAX_CONNECTIONS = 200

export interface ServedWitness {
  readonly host: string
  readonly port: number
  readonly close: () => Promise<void>
}

/** `POST /add-checkpoint` over HTTP. `onAnswer` is told of each answer; a disk that fails is a 500, and nothing was signed. */
export async function serveWitness(witness: Pick<Witness, 'addCheckpoint'>, { host, port, onAnswer }: { readonly host: string; readonly port: number; readonly onAnswer: (status: number, reason: string) => void }): Promise<ServedWitness> {
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS / 2, maxHeaderSize: 8192 }, (request, response) => {
    void answer(request, response, witness).then(({ status, reason }) => onAnswer(status, reason))
  })
  server.maxConnections = MAX_CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new SpillwayError('LISTEN_FAILED', `${host}:${port} cannot be listened on (${error.code ?? 'unknown'})`, 'Choose another address or port', {}, { cause: error })))
    server.listen(port, host, resolve)
  })
  return {
    host,
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
      }),
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, witness: Pick<Witness, 'addCheckpoint'>): Promise<{ readonly status: number; readonly reason: string }> {
  const end = (status: number, type: string, body: string): { status: number; reason: string } => {
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) })
    response.end(body)
    return { status, reason: body.trim().split('\n')[0] ?? '' }
  }
  if (request.url !== '/add-checkpoint') return end(404, 'text/plain', 'There is add-checkpoint alone\n')
  if (request.method !== 'POST') return end(405, 'text/plain', 'Use POST\n')
  const body = await readBody(request)
  if (body === null) return end(413, 'text/plain', 'The request is too long\n')
  let judged: WitnessAnswer
  try {
    judged = witness.addCheckpoint(body)
  } catch (error) {
    return { ...end(500, 'text/plain', 'The witness cannot remember, so it does not sign\n'), reason: (error as Error).message }
  }
  return { ...end(judged.status, judged.type, judged.body), reason: judged.status === 200 ? 'signed' : judged.body.trim() }
}

/** Null = too long. An aborted request is as empty. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length
      // Read to its end all the same, as long as a request may take: a reset would hide the answer.
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk)
    }
  } catch {
    return Buffer.alloc(0)
  }
  return bytes > MAX_BODY_BYTES ? null : Buffer.concat(chunks)
}
