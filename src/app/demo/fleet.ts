import type { ReplicaLife } from '../../core/billing/rate-card.ts'
import type { Clock } from '../../core/clock.ts'
import { createEngineSim } from '../../enginesim/engine-sim.ts'
import { DEMO_FLOOR, DEMO_MODELS, type DemoPorts } from './demo-config.ts'
import type { DemoEngines } from './engines.ts'

/** The simulated engines behind sockets. */
export interface DemoFleet {
  readonly ports: DemoPorts
  /** Lives of the replicas of a pool so far, in the trace's seconds. */
  readonly lives: (pool: string) => readonly ReplicaLife[]
  readonly close: () => Promise<void>
}

/** As vLLM's `--stream-interval`: an event for every token would be most of the work at many times real time. */
const STREAM_INTERVAL = 8

/** Engines that are always there and a pool that starts from zero, all at `speed` times real time. */
export async function startDemoFleet(engines: DemoEngines, clock: Clock, speed: number, seed: number): Promise<DemoFleet> {
  const engine = { ...engines.options, models: DEMO_MODELS, streamInterval: STREAM_INTERVAL, clock, speed }
  const dedicated = Array.from({ length: DEMO_FLOOR }, (_, index) => createEngineSim({ ...engine, seed: seed + index + 1 }))
  const overflow = createEngineSim({ ...engine, seed: seed + DEMO_FLOOR + 1, serverless: engines.platform })
  const all = [...dedicated, overflow]
  const ports = await Promise.all(all.map(async (sim) => (await sim.listen()).port))
  return {
    ports: { dedicated: ports.slice(0, DEMO_FLOOR), serverless: ports[DEMO_FLOOR]! },
    lives: (pool) => (pool === 'floor' ? dedicated.flatMap((sim) => sim.lives()) : overflow.lives()),
    close: async () => {
      await Promise.all(all.map((sim) => sim.close()))
    },
  }
}
