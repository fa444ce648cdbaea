import { DASHBOARD } from '../../src/app/config/defaults.ts'
import { createAudit } from '../../src/app/audit/audit-home.ts'
import { scratchFolder, startWhole, type Whole } from '../../src/app/server/testing-whole.ts'
import type { GatewayConfig } from '../../src/route/config-types.ts'
import { chatAnswer, chatChunks, HOURLY_CARD, pool, sendJson, sendStream, startUpstream, stopAll, testConfig } from '../../src/route/gateway/testing.ts'
import { seedCalls } from './seed.ts'

export { stopAll }

export interface Dashboard extends Whole {
  /** Where the first owner is made. */
  readonly setupLink: string
  /** Of a key that may read. */
  readonly bearer: { readonly authorization: string }
}

/** A whole server with the built dashboard, telemetry, an audit log and two days of calls; `stopAll` ends it. */
export async function startDashboard({ seeded = true, config: over = {} }: { readonly seeded?: boolean; readonly config?: Partial<GatewayConfig> } = {}): Promise<Dashboard> {
  const upstream = await startUpstream((response, body) => (body['stream'] === true ? sendStream(response, chatChunks(['Hel', 'lo'], true)) : sendJson(response, chatAnswer())))
  const config = testConfig([pool('floor', [upstream.url], { kind: 'dedicated', card: HOURLY_CARD }), pool('overflow', [upstream.url])])
  const dataDir = scratchFolder()
  createAudit(dataDir, 'example.com/audit')
  const whole = await startWhole({ ...config, telemetry: { ...config.telemetry, mode: 'on', keepMs: 400 * 86_400_000 }, audit: { ...config.audit, mode: 'besteffort' }, dashboard: DASHBOARD, ...over }, dataDir)
  const setupLink = await whole.server.setupLink()
  const bearer = { authorization: `Bearer ${whole.staticKey}` }
  if (seeded) await seedCalls(whole.url, bearer)
  return Object.assign(whole, { bearer, setupLink: setupLink ?? '' })
}
