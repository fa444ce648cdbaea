import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { GatewayConfig } from '../../route/config-types.ts'
import { isAudited } from '../../route/gateway/audit-rules.ts'
import { auditFolder } from '../audit/audit-home.ts'
import { CHECKPOINT } from '../../prove/log/log-files.ts'
import { fail, ok, warn, type Finding } from './finding.ts'

/** Whether there is a log of calls, and what it proves against whom. */
export function checkAudit({ audit, server }: GatewayConfig): Finding {
  const { remember, witnesses, quorum } = audit
  if (!isAudited(audit)) return ok('audit', 'off: no call is in a log that others could verify')
  if (!existsSync(join(auditFolder(server.dataDir), CHECKPOINT))) return fail('audit', 'this data folder has no log', 'spillway audit init --origin NAME')
  if (quorum > 0) return ok('audit', `${quorum} of ${witnesses.length} witnesses must have signed a checkpoint`)
  const nothing = 'whoever has the signing key can write another history unseen'
  if (remember === null) return warn('audit', `no witness has to sign, and no checkpoint is kept elsewhere: the log proves nothing against its operator, since ${nothing}`, 'Name audit.witnesses and a quorum; until then keep checkpoints elsewhere with audit.remember')
  return warn('audit', `no witness has to sign: whoever has this machine and the disk of ${remember} can write another history unseen`, 'Name audit.witnesses, run by somebody else, and a quorum')
}
