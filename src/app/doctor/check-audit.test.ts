import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { GatewayConfig } from '../../route/config-types.ts'
import { checkAudit } from './check-audit.ts'
import type { Finding } from './finding.ts'

function check(audit: Partial<GatewayConfig['audit']>, log = true): Finding {
  const dataDir = mkdtempSync(join(tmpdir(), 'spillway-doctor-audit-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true }))
  mkdirSync(join(dataDir, 'audit'))
  if (log) writeFileSync(join(dataDir, 'audit/checkpoint'), '')
  return checkAudit({ audit: { mode: 'besteffort', remember: null, witnesses: [], quorum: 0, ...audit }, server: { dataDir } } as unknown as GatewayConfig)
}

const witnesses = [{ key: 'k', url: 'https://w.example' }]

it.each([
  [{ mode: 'off' } as const, true, 'ok', /off/u],
  [{}, false, 'fail', /no log/u],
  [{}, true, 'warn', /proves nothing against its operator/u],
  [{ remember: '/mnt/x' }, true, 'warn', /the disk of \/mnt\/x can write another history/u],
  [{ witnesses, quorum: 0 }, true, 'warn', /no witness has to sign/u],
  [{ witnesses, quorum: 1 }, true, 'ok', /1 of 1 witnesses must have signed/u],
])('%j, log there: %s', (audit, log, status, message) => {
  const finding = check(audit, log)
  expect(finding.status).toBe(status)
  expect(finding.message).toMatch(message)
})
