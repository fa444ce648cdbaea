/** Ports of the simulated engines, in the order of the pools below. */
export interface DemoPorts {
  readonly dedicated: readonly number[]
  readonly serverless: number
}

export const DEMO_KEY = 'sw_demo'
/** Where the configuration finds the demo's key; set for it alone. */
export const DEMO_KEY_VARIABLE = 'SPILLWAY_DEMO_KEY'
/** The engines are timed as this model on one of this GPU; both names are answered by all of them. */
export const DEMO_GPU = 'l40s-48gb'
export const DEMO_MODEL = 'llama-3.1-8b'
export const DEMO_MODELS = [DEMO_MODEL, 'llama-3.1-70b'] as const
/** First token, and each one after it on average: 16 tokens a second, faster than people read. */
export const DEMO_SLO = { ttftMs: 1000, tpotMs: 60 } as const
/** Whether an answer kept the SLO; `tpotMs` null = it had one token. Both on the trace's clock. */
export function keepsSlo(ttftMs: number | null, tpotMs: number | null): boolean {
  return ttftMs !== null && ttftMs <= DEMO_SLO.ttftMs && (tpotMs ?? 0) <= DEMO_SLO.tpotMs
}

/** Requests that a replica holds within that: two thirds of what the planner's model allows on average (`operatingPoint`: 74), since prompts come in bunches. */
export const DEMO_CAPACITY = 48
/** Dedicated replicas, and the most that the serverless platform starts. */
export const DEMO_FLOOR = 2
export const MOST_SERVERLESS = 8
/** The catalog's offers for that GPU, of one provider: a rented one and one by the second. */
const OFFERS = { dedicated: 'runpod-secure-l40s-48gb', serverless: 'runpod-serverless-l40s-48gb' } as const

export interface DemoSettings {
  /** Requests that a replica holds within the SLO. */
  readonly capacity: number
  readonly port: number
  readonly dataDir: string
  /** Typical, on the trace's clock. */
  readonly coldStartSeconds: number
  /** The engines run so many times faster, so what the gateway waits for is so much shorter. */
  readonly speed: number
}

/** The demo's `spillway.yaml`: what one would write by hand, for engines on this machine. */
export function demoYaml({ dedicated, serverless }: DemoPorts, { capacity, port, dataDir, coldStartSeconds, speed }: DemoSettings): string {
  // Not under what timers on a busy machine keep to.
  const scaled = (seconds: number, leastMs: number): string => `${Math.max(leastMs, Math.round((seconds * 1000) / speed))}ms`
  const models = `{ ${DEMO_MODELS.map((model) => `${model}: ${model}`).join(', ')} }`
  return `# Written by "spillway demo": dedicated engines and a serverless pool, all simulated on this machine.
# They run ${speed} times as fast as real ones, so the times here are the real ones divided by that.
server:
  port: ${port}
  data: ${JSON.stringify(dataDir)}
  drain: 2s
  keys:
    - { id: demo, secret: "env:${DEMO_KEY_VARIABLE}" }

pools:
  - id: floor
    offer: ${OFFERS.dedicated}
    endpoints:
${dedicated.map((at, index) => `      - { id: gpu-${index + 1}, url: "http://127.0.0.1:${at}" }`).join('\n')}
    models: ${models}
    capacity: ${capacity}
    metrics: { every: ${scaled(1, 100)} }
    health: { every: ${scaled(5, 500)} }

  - id: overflow
    offer: ${OFFERS.serverless}
    endpoints:
      - { id: spill, url: "http://127.0.0.1:${serverless}" }
    models: ${models}
    capacity: ${capacity}
    maxInFlight: ${capacity * MOST_SERVERLESS}
    coldStart: ${scaled(coldStartSeconds, 1)}
    health: { every: ${scaled(1, 100)} }

routing:
  sloTtft: ${scaled(DEMO_SLO.ttftMs / 1000, 250)}
  queue: { maxWait: ${scaled(30, 1000)} }

audit: { mode: besteffort }

timeouts: { idle: ${scaled(60, 2000)} }

# Who has not signed in may look: on this machine alone.
dashboard: { anonymous: auditor }
`
}
