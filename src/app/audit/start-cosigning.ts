import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { POLICY } from '../../prove/bundle/bundle-format.ts'
import { CHECKPOINT } from '../../prove/log/log-files.ts'
import { nodeLogFs, placeFiles } from '../../prove/log/log-fs.ts'
import type { LogOptions } from '../../prove/log/open-log.ts'
import { parseVerifierKey } from '../../prove/note/keys.ts'
import { formatPolicy, parsePolicy } from '../../prove/note/policy.ts'
import { directorySource } from '../../prove/tiles/tile-source.ts'
import { Cosigning, type WitnessStatus } from '../../prove/witness/cosigning.ts'
import { publishCosigned } from '../../prove/witness/publish-cosigned.ts'
import { WitnessClient } from '../../prove/witness/witness-client.ts'
import type { AuditConfig } from '../../route/config-types.ts'

const TIMEOUT_MS = 5000

export interface RunningCosigning {
  /** Has the newest checkpoint signed, as far as it is due. */
  readonly offer: () => void
  readonly status: () => WitnessStatus[]
  /** Waits until the last checkpoint has been offered, 5 s at most. */
  readonly finish: () => Promise<void>
}

interface CosigningSetup extends Pick<AuditConfig, 'witnesses' | 'quorum'> {
  readonly log: LogOptions
  /** When a checkpoint was published with more signatures. */
  readonly onPublished: () => void
  readonly warn: (line: string) => void
}

/** Publishes the policy beside the log and asks the witnesses for their signatures; without witnesses it does nothing. */
export function startCosigning({ log, witnesses, quorum, onPublished, warn }: CosigningSetup): RunningCosigning {
  const lines = witnesses.map(({ key, url }) => ({ verifier: parseVerifierKey(key), url }))
  const policy = formatPolicy(log.signer.verifier, lines, quorum)
  publishPolicy(log.folder, policy, warn)
  if (lines.length === 0) return { offer: () => {}, status: () => [], finish: () => Promise.resolve() }
  const cosigning = new Cosigning({
    clients: lines.map((witness) => new WitnessClient(witness, { timeoutMs: TIMEOUT_MS })),
    source: directorySource(log.folder),
    satisfied: parsePolicy(policy, POLICY).satisfied,
    now: () => performance.now(),
    onCosigned: (checkpoint, signatures, enough) => {
      try {
        publishCosigned(nodeLogFs, log.folder, { checkpoint, lines: signatures, enough })
        onPublished()
      } catch (error) {
        warn(`the witnesses' signatures were not published (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`)
      }
    },
    onFailure: (error) => warn(error.toLine()),
  })
  const offer = (): void => cosigning.offer(readFileSync(join(log.folder, CHECKPOINT)))
  return {
    offer,
    status: () => cosigning.status(),
    finish: () => Promise.race([cosigning.idle().then(offer).then(() => cosigning.idle()), pause(TIMEOUT_MS, undefined, { ref: false })]),
  }
}

/** Who is to have signed, for whoever verifies the log. */
function publishPolicy(folder: string, text: string, warn: (line: string) => void): void {
  try {
    if (nodeLogFs.read(join(folder, POLICY))?.toString('utf8') !== text) placeFiles(nodeLogFs, folder, [{ path: POLICY, bytes: Buffer.from(text) }])
  } catch (error) {
    warn(`the policy was not published (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`)
  }
}
