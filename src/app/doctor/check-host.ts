import { accessSync, constants, existsSync, mkdirSync, statfsSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import type { HttpSend } from '../../route/pools/http-send.ts'
import { fail, ok, warn, type Finding } from './finding.ts'

/** The Node that package.json's bin asks for. */
const NODE_MAJOR = 24
const LEAST_FREE = 100e6
const LITTLE_FREE = 2e9

export function checkNode(version: string): Finding {
  const major = Number(/^v(\d+)/u.exec(version)?.[1] ?? 0)
  return major >= NODE_MAJOR ? ok('node', version) : fail('node', `${version} is too old`, `Install Node ${NODE_MAJOR} or newer`)
}

/** That the data folder can be written, is private, and has space. It is made where it is missing, as `serve` would. */
export function checkDataFolder(folder: string, space: (folder: string) => number = freeBytes): Finding[] {
  try {
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 })
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    if (!statSync(folder).isDirectory()) return [fail('data', `${folder} is a file`, 'Name a folder with SPILLWAY_DATA or server.data')]
  } catch (error) {
    return [fail('data', `${folder} cannot be used (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`, `Make ${dirname(folder)} writable for this user, or name another folder with SPILLWAY_DATA or server.data`)]
  }
  const free = space(folder)
  const mode = statSync(folder).mode & 0o777
  const size = `${(free / 1e9).toFixed(1)} GB free`
  const room =
    free < LEAST_FREE
      ? fail('data', `${folder}: ${size}; records will be lost`, 'Free space')
      : free < LITTLE_FREE
        ? warn('data', `${folder}: ${size}`, 'A million calls need about 1.5 GB; free space in time')
        : ok('data', `${folder}, ${size}`)
  return (mode & 0o077) === 0 ? [room] : [room, warn('data', `others on this machine can look into it (mode ${mode.toString(8)})`, `chmod 700 ${folder}`)]
}

/** Free for this user on the disk of a folder. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

/** That the port is free, or that it is Spillway itself who has it. */
export async function checkPort(host: string, port: number, send: HttpSend): Promise<Finding> {
  const where = `${host}:${port}`
  const code = await tryToListen(host, port)
  if (code === null) return ok('port', `${where} is free`)
  if (code === 'EADDRINUSE') {
    const loopback = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host
    const answer = await send({ url: `http://${loopback}:${port}/healthz`, method: 'GET', headers: {}, body: null, timeoutMs: 2000, maxBytes: 10_000 }).catch(() => null)
    return answer?.status === 200 && answer.body === '{"status":"ok"}' ? ok('port', `${where}: Spillway is serving there`) : fail('port', `${where} is in use by another program`, 'Stop it, or choose another port with SPILLWAY_PORT or server.port')
  }
  if (code === 'EACCES') return fail('port', `${where} may not be listened on by this user`, 'Choose a port above 1023')
  return fail('port', `${where} cannot be listened on (${code})`, 'Check server.host: it must be an address of this machine')
}

function tryToListen(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)))
  })
}
