/** Ports of the simulated engines, in the order of the pools below. */
export interface DemoPorts {
  readonly dedicated: readonly number[]
  readonly serverless: number
}

export const DEMO_KEY = 'sw_demo'
/** Where the configuration finds the demo's key; set for it alone. */
export const DEMO_KEY_VARIABLE = 'SPILLWAY_DEMO_KEY'
export const DEMO_GPU = 'h100-80gb'
export const DEMO_MODEL = 'llama-3.1-8b'
/** Both are served by the timing of the smaller one. */
export const DEMO_MODELS = [DEMO_MODEL, 'llama-3.1-70b'] as const
export const DEMO_SLO_TTFT_MS = 500
/** The planner's own offers for that GPU: a rented one and one by the second. */
export const DEMO_OFFERS = { dedicated: 'runpod-community-h100-80gb', serverless: 'runpod-serverless-h100-80gb' } as const

export interface DemoSettings {
  /** Requests that an engine holds within the TTFT target. */
  readonly capacity: number
  readonly port: number
  readonly dataDir: string
  readonly coldStartSeconds: number
  /** The engines run so many times faster, so what the gateway waits for is so much shorter. */
  readonly speed: number
}

/** The demo's `spillway.yaml`: what one would write by hand, for engines on this machine. */
export function demoYaml({ dedicated, serverless }: DemoPorts, { capacity, port, dataDir, coldStartSeconds, speed }: DemoSettings): string {
  return `# Written by "spillway demo": two dedicated engines and a serverless pool, all simulated on this machine.
server:
  port: ${port}
  data: ${JSON.stringify(dataDir)}
  drain: 2s
  keys:
    - { id: demo, secret: "env:${DEMO_KEY_VARIABLE}" }

pools:
  - id: floor
    offer: ${DEMO_OFFERS.dedicated}
    endpoints:
${dedicated.map((at, index) => `      - { id: gpu-${index + 1}, url: "http://127.0.0.1:${at}" }`).join('\n')}
    models: { ${DEMO_MODELS.map((model) => `${model}: ${model}`).join(', ')} }
    capacity: ${capacity}

  - id: overflow
    offer: ${DEMO_OFFERS.serverless}
    endpoints:
      - { id: spill, url: "http://127.0.0.1:${serverless}" }
    models: { ${DEMO_MODELS.map((model) => `${model}: ${model}`).join(', ')} }
    coldStart: ${Math.max(1, Math.round((coldStartSeconds * 1000) / speed))}ms

routing:
  sloTtft: ${Math.max(1, Math.round(DEMO_SLO_TTFT_MS / speed))}ms
`
}
