import { coldStartSampler } from '../../core/billing/cold-start.ts'
import { assumedColdStart } from '../../decide/input/assumed.ts'
import { DEFAULT_LIMITS } from '../../enginesim/engine-sim.ts'
import type { EngineSimOptions } from '../../enginesim/engine-sim.ts'
import type { FleetRules } from '../../enginesim/fleet.ts'
import type { ReplicaSpec } from '../../enginesim/replica.ts'
import { replicaOptions, simulatedReplica } from '../cli/engine-sim.ts'
import { DEMO_CAPACITY, DEMO_GPU, DEMO_MODEL, MOST_SERVERLESS } from './demo-config.ts'

/** What a replica of the demo is made of, the same behind sockets and in virtual time. */
export interface DemoEngines {
  readonly replica: ReplicaSpec
  readonly options: Pick<EngineSimOptions, 'timing' | 'gpus' | 'limits' | 'maxModelLen'>
  /** When the serverless platform starts and stops replicas. */
  readonly platform: FleetRules
  /** Seconds, median. */
  readonly coldStart: number
}

/** A setting of the platform: providers let it be chosen (RunPod's default is 5 s, too short for a cold start of 10 s to pay). */
const IDLE_WINDOW_SECONDS = 30

/** The demo's model on its GPU by the shipped latency model; cold starts by the size of its weights. */
export function demoEngines(): DemoEngines {
  const simulated = simulatedReplica(DEMO_MODEL, DEMO_GPU)
  const { timing, gpus = 1, limits: fitting, maxModelLen } = replicaOptions(simulated)
  const { coldStart } = assumedColdStart(simulated.fit.weightsGb)
  // The trace tells how long a prompt is, not what is in it: none is like another, and a prefix cache would only take time.
  const limits = { ...DEFAULT_LIMITS, ...fitting, prefixCaching: false }
  return {
    replica: { gpus, limits, timing },
    options: { timing, gpus, limits, ...(maxModelLen === undefined ? {} : { maxModelLen }) },
    platform: { minReplicas: 0, maxReplicas: MOST_SERVERLESS, concurrency: DEMO_CAPACITY, coldStartSeconds: coldStartSampler(coldStart), idleWindowSeconds: IDLE_WINDOW_SECONDS, maxWaiting: null },
    coldStart: coldStart.p50,
  }
}
