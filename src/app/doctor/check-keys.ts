import { hasControl, openDataDir } from '../../store/control/data-dir.ts'
import type { GatewayConfig } from '../../route/config-types.ts'
import { fail, ok, warn, type Finding } from './finding.ts'

/** That some client could get in: keys in the configuration or in the control database. */
export async function checkKeys({ server }: GatewayConfig, now: number): Promise<Finding> {
  const inFile = server.staticKeys.length
  const stored = await storedKeys(server.dataDir, now)
  if (typeof stored === 'string') return fail('keys', `the control database cannot be read: ${stored}`, 'Restore it from a copy, or move it away to begin anew')
  if (inFile + stored === 0) return warn('keys', 'no client has a key', 'spillway keys create')
  return ok('keys', `${inFile + stored} that work (${stored} in the control database, ${inFile} in the configuration)`)
}

async function storedKeys(dataDir: string, now: number): Promise<number | string> {
  if (!hasControl(dataDir)) return 0
  try {
    const { store } = openDataDir(dataDir)
    try {
      const keys = await store.keys.list(null)
      return keys.filter(({ disabledAt, expiresAt }) => disabledAt === null && (expiresAt === null || expiresAt > now)).length
    } finally {
      await store.close()
    }
  } catch (error) {
    return error instanceof Error ? error.message : 'unknown'
  }
}
