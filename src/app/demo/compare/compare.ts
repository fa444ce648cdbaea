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

export interface Comparison {
  readonly seconds: number
  readonly load: number
  readonly seed: number
  readonly calls: number
  readonly options: readonly (Option & { readonly outcome: Outcome })[]
}

/** More replicas are not tried. */
export const MOST_DEDICATED = 16

/**
 * Plays the same traffic, with the same seed, through every option, in virtual time: the same arguments give the same figures.
 * All-dedicated stands there with the hybrid's floor, with the fewest replicas that keep the SLO for `PEAK_SHARE` of the calls,
 * and with one fewer than those.
 */
export async function compareOptions({ seconds, load, seed, onOption = () => {} }: CompareOptions): Promise<Comparison> {
  const traffic = demoTraffic(seconds, seed, load)
  const world = await demoWorld(seed)
  const play = (option: Option): Comparison['options'][number] => {
    onOption(option.name)
    return { ...option, outcome: playOption(option, world, traffic, seconds) }
  }
  const hybrid = play(HYBRID)
  const dedicated = [play(allDedicated(DEMO_FLOOR))]
  while ((dedicated.at(-1)!.outcome.withinSlo ?? 1) < PEAK_SHARE && dedicated.at(-1)!.dedicated < MOST_DEDICATED) dedicated.push(play(allDedicated(dedicated.at(-1)!.dedicated + 1)))
  const shown = [...new Set([dedicated[0]!, ...dedicated.slice(-2)])]
  return { seconds, load, seed, calls: traffic.length, options: [hybrid, ...shown, play(ALL_SERVERLESS), play(ROUND_ROBIN), play(ERROR_ONLY)] }
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
