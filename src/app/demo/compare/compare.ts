import { checkConfigText } from '../../config/load-config.ts'
import type { GatewayConfig } from '../../../route/config-types.ts'
import { DEMO_CAPACITY, DEMO_FLOOR, DEMO_KEY, DEMO_KEY_VARIABLE, demoYaml } from '../demo-config.ts'
import { demoEngines } from '../engines.ts'
import { demoTraffic, type TrafficCall } from '../traffic.ts'
import { ALL_SERVERLESS, allDedicated, ERROR_ONLY, HYBRID, PEAK_SHARE, ROUND_ROBIN, startOption, type Option, type OptionWorld } from './option.ts'
import { outcomeOf, type Outcome } from './outcome.ts'

export interface CompareOptions {
  /** Of the traffic. */
  readonly seconds: number
  /** Calls for each call of the demo's traffic. */
  readonly load: number
  readonly seed: number
  /** Called before each option is played. */
  readonly onOption?: (name: string) => void
}

export interface Played extends Option {
  readonly outcome: Outcome
}

export interface Comparison {
  readonly seconds: number
  readonly load: number
  readonly seed: number
  readonly calls: number
  readonly options: readonly Played[]
}

/** More replicas are not tried. */
const MOST_DEDICATED = 32

/**
 * Plays the same traffic, with the same seed, through every option, in virtual time: the same arguments give the same figures.
 * All-dedicated stands there with the hybrid's floor, with the fewest replicas that keep the SLO for `PEAK_SHARE` of the calls,
 * and with one fewer than those.
 */
export async function compareOptions({ seconds, load, seed, onOption = () => {} }: CompareOptions): Promise<Comparison> {
  const traffic = demoTraffic(seconds, seed, load)
  const world = await demoWorld(seed)
  const play = (option: Option): Played => {
    onOption(option.name)
    return { ...option, outcome: playOption(option, world, traffic, seconds) }
  }
  const hybrid = play(HYBRID)
  const dedicated = sizedForPeak((replicas) => play(allDedicated(replicas)))
  return { seconds, load, seed, calls: traffic.length, options: [hybrid, ...dedicated, play(ALL_SERVERLESS), play(ROUND_ROBIN), play(ERROR_ONLY)] }
}

/** The floor, one replica fewer than the peak needs, and what the peak needs; each once. More replicas never keep less. */
function sizedForPeak(play: (replicas: number) => Played): Played[] {
  const played = new Map<number, Played>()
  const playOnce = (replicas: number): Played => played.get(replicas) ?? played.set(replicas, play(replicas)).get(replicas)!
  let [fewer, enough] = [0, DEMO_FLOOR]
  // Twice as many until it is enough, then by halves: too few replicas take long to simulate.
  while (!keeps(playOnce(enough)) && enough < MOST_DEDICATED) [fewer, enough] = [enough, Math.min(MOST_DEDICATED, 2 * enough)]
  while (enough - fewer > 1) {
    const half = Math.floor((fewer + enough) / 2)
    if (keeps(playOnce(half))) enough = half
    else fewer = half
  }
  return [...played.values()].filter(({ dedicated }) => [DEMO_FLOOR, fewer, enough].includes(dedicated)).toSorted((a, b) => a.dedicated - b.dedicated)
}

function keeps({ outcome }: Played): boolean {
  return (outcome.withinSlo ?? 1) >= PEAK_SHARE
}

export function playOption(option: Option, world: OptionWorld, traffic: readonly TrafficCall[], seconds: number): Outcome {
  const { gateway, pools } = startOption(option, world)
  const calls = traffic.map((call) => gateway.arrive(call))
  gateway.runUntil(seconds)
  gateway.finish()
  return outcomeOf(gateway, calls, pools, seconds)
}

/** The configuration of the live demo at speed 1 (nothing is at its addresses), and its engines. */
export async function demoWorld(seed: number): Promise<OptionWorld> {
  const engines = demoEngines()
  const ports = { dedicated: Array.from({ length: DEMO_FLOOR }, (_, index) => 8001 + index), serverless: 8000 }
  return { config: await configOf(demoYaml(ports, { capacity: DEMO_CAPACITY, port: 8787, dataDir: '.', coldStartSeconds: engines.coldStart, speed: 1 })), engines, seed }
}

async function configOf(yaml: string): Promise<GatewayConfig> {
  const { config, problems } = await checkConfigText(yaml, 'spillway.yaml', { env: { [DEMO_KEY_VARIABLE]: DEMO_KEY } })
  if (config === null) throw problems[0]!
  return config
}
