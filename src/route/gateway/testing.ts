import { performance } from 'node:perf_hooks'
import type { CallRecord } from '../../core/call.ts'
import { seededRandom } from '../../core/random.ts'
import type { GatewayConfig } from '../config-types.ts'
import { createAdapters } from '../protocols/adapters.ts'
import { openaiFace } from '../protocols/openai/face.ts'
import type { GatewayDeps, GatewayLog } from './deps.ts'
import { createGateway } from './gateway.ts'
import type { Gateway } from './gateway.ts'
import { KEY } from './testing-config.ts'
import { FakeAdmission, FakePolicy } from './testing-fakes.ts'
import { onStop } from './testing-sockets.ts'

export * from './testing-answers.ts'
export * from './testing-config.ts'
export * from './testing-fakes.ts'
export * from './testing-sockets.ts'

export interface Harness {
  readonly gateway: Gateway
  readonly url: string
  readonly port: number
  readonly policy: FakePolicy
  readonly admission: FakeAdmission
  readonly records: CallRecord[]
  /** Everything that was logged, as text. */
  readonly logged: string[]
  /** Resolves with the n-th record (from 1), when it is there. */
  readonly record: (n?: number) => Promise<CallRecord>
  readonly post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Response>
  readonly deps: GatewayDeps
}

export async function startGateway(config: GatewayConfig, over: Partial<GatewayDeps> = {}): Promise<Harness> {
  const policy = new FakePolicy(config.pools)
  const admission = new FakeAdmission()
  const records: CallRecord[] = []
  const logged: string[] = []
  const waiters = new Set<() => void>()
  const write = (fields: object, message: string): void => void logged.push(`${message} ${JSON.stringify(fields)}`)
  const log: GatewayLog = { info: write, warn: write, error: write }
  let ids = 0
  const clock = over.clock ?? { now: () => performance.timeOrigin + performance.now() }
  const deps: GatewayDeps = {
    config,
    policy,
    admission,
    sink: {
      append(record) {
        records.push(record)
        for (const check of waiters) check()
      },
    },
    adapters: createAdapters({ clock, random: seededRandom(2) }),
    faces: [openaiFace],
    clock,
    random: seededRandom(1),
    newCallId: () => `call-${++ids}`,
    log,
    ...over,
  }
  const gateway = createGateway(deps)
  const { port } = await gateway.listen()
  onStop(() => gateway.close())
  const url = `http://127.0.0.1:${port}`
  return {
    gateway,
    url,
    port,
    policy,
    admission,
    records,
    logged,
    deps,
    record: (n = 1) =>
      new Promise((resolve) => {
        const check = (): void => {
          const record = records[n - 1]
          if (record === undefined) return
          waiters.delete(check)
          resolve(record)
        }
        waiters.add(check)
        check()
      }),
    post: (path, body, headers = {}) =>
      fetch(url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
      }),
  }
}
