import type { Clock } from '../../core/clock.ts'
import { coldStartSampler } from '../../core/billing/cold-start.ts'
import { assumedColdStart } from '../../decide/input/assumed.ts'
import { createEngineSim, type EngineSim } from '../../enginesim/engine-sim.ts'
import { replicaOptions, simulatedReplica } from '../cli/engine-sim.ts'
import { DEMO_GPU, DEMO_MODEL, DEMO_MODELS } from './demo-config.ts'

/** A serverless replica stays so long after its last request. */
export const IDLE_WINDOW_SECONDS = 60

export interface DemoFleet {
  readonly dedicated: readonly EngineSim[]
  readonly serverless: EngineSim
  readonly ports: { readonly dedicated: readonly number[]; readonly serverless: number }
  /** Median seconds of a cold start, by the size of the weights. */
  readonly coldStartSeconds: number
  readonly close: () => Promise<void>
}

/** Two engines that are always there and a pool that starts cold, all at `speed` times real time. Both names of the demo are served by the timing of the smaller model. */
export async function startDemoFleet(clock: Clock, speed: number, seed: number): Promise<DemoFleet> {
  const replica = simulatedReplica(DEMO_MODEL, DEMO_GPU)
  const engine = { ...replicaOptions(replica), models: DEMO_MODELS, clock, speed }
  const { coldStart } = assumedColdStart(replica.fit.weightsGb)
  const dedicated = [1, 2].map((index) => createEngineSim({ ...engine, seed: seed + index }))
  const serverless = createEngineSim({ ...engine, seed: seed + 3, serverless: { coldStartSeconds: coldStartSampler(coldStart), idleWindowSeconds: IDLE_WINDOW_SECONDS, maxReplicas: 4, concurrency: 16 } })
  const all = [...dedicated, serverless]
  const ports = await Promise.all(all.map(async (sim) => (await sim.listen()).port))
  return {
    dedicated,
    serverless,
    ports: { dedicated: ports.slice(0, 2), serverless: ports[2]! },
    coldStartSeconds: coldStart.p50,
    close: async () => {
      await Promise.all(all.map((sim) => sim.close()))
    },
  }
}
