import { Command, Option } from 'commander'
import type { ColdStart } from '../../core/billing/rate-card.ts'
import { findGpu, findModel } from '../../core/catalog/find.ts'
import type { Precision } from '../../core/catalog/types.ts'
import { SpillwayError } from '../../core/errors.ts'
import { latencyModel } from '../../core/perf/latency-model.ts'
import type { LatencyModel } from '../../core/perf/latency-model.ts'
import type { MemoryFit } from '../../core/perf/memory-fit.ts'
import { memoryFit, replicaSizes } from '../../core/perf/memory-fit.ts'
import { coldStartSampler } from '../../core/billing/cold-start.ts'
import { assumedColdStart } from '../../decide/input/assumed.ts'
import type { EngineSim, EngineSimOptions } from '../../enginesim/engine-sim.ts'
import { createEngineSim, DEFAULT_LIMITS, DEFAULT_SERVERLESS } from '../../enginesim/engine-sim.ts'
import type { FaultRule } from '../../enginesim/faults.ts'
import { FAULT_KINDS, parseFaultRule } from '../../enginesim/faults.ts'
import type { FleetRules } from '../../enginesim/fleet.ts'
import { fixedTiming, measuredTiming } from '../../enginesim/timing.ts'
import { shippedCatalog } from '../catalog.ts'
import { shippedPerfTable } from '../perf-table.ts'
import type { Io } from './io.ts'
import { coldStart, count, duration, nonNegative, positive } from './options.ts'
import { PRECISIONS } from './plan-options.ts'

/** A model on GPUs as the planner knows it, ready to be simulated. */
export interface SimulatedReplica {
  readonly model: string
  readonly gpus: number
  readonly latency: LatencyModel
  readonly fit: MemoryFit
  readonly contextTokens: number | null
}

/** The smallest replica of the model on this GPU that fits, or one of `gpus`. Throws CATALOG_UNKNOWN_ID and PERF_ codes. */
export function simulatedReplica(modelName: string, gpuName: string, gpus: number | null = null, precision: Precision | null = null): SimulatedReplica {
  const catalog = shippedCatalog()
  const model = findModel(catalog, modelName)
  const gpu = findGpu(catalog, gpuName)
  const type = precision ?? model.defaultPrecision
  const sizes = gpus === null ? replicaSizes(model) : [gpus]
  const fits = sizes.map((size) => ({ size, fit: memoryFit(model, gpu, size, type) }))
  const chosen = fits.find(({ fit }) => fit.fits)
  if (chosen === undefined) throw new SpillwayError('PERF_DOES_NOT_FIT', `${model.id} at ${type} does not fit ${fits.at(-1)!.size} x ${gpu.id}: ${fits.at(-1)!.fit.why}`, 'Use more GPUs, GPUs with more memory, or a lower precision')
  return { model: model.id, gpus: chosen.size, latency: latencyModel(shippedPerfTable(), model, gpu, chosen.size, type), fit: chosen.fit, contextTokens: model.contextTokens }
}

/** What `createEngineSim` needs of such a replica. */
export function replicaOptions({ model, gpus, latency, fit, contextTokens }: SimulatedReplica): Pick<EngineSimOptions, 'models' | 'timing' | 'gpus' | 'limits' | 'maxModelLen'> {
  return { models: [model], timing: measuredTiming(latency), gpus, limits: fit.kvTokens === 0 ? {} : { kvTokens: fit.kvTokens }, ...(contextTokens === null ? {} : { maxModelLen: contextTokens }) }
}

interface Options {
  readonly port: number
  readonly host: string
  readonly model: string
  readonly servedModelName?: readonly string[]
  readonly gpu: string
  readonly gpus?: number
  readonly precision?: Precision
  readonly ttftMs?: number
  readonly tpotMs?: number
  readonly prefillUsPerToken?: number
  readonly maxNumSeqs: number
  readonly maxNumBatchedTokens: number
  readonly maxModelLen?: number
  readonly kvTokens?: number
  readonly streamInterval: number
  readonly prefixCaching: boolean
  readonly outputTokens: number
  readonly mode: 'dedicated' | 'serverless'
  readonly coldStart?: ColdStart
  readonly idleWindow: number
  readonly minReplicas: number
  readonly maxReplicas: number
  readonly concurrency: number
  readonly maxWaiting: number
  readonly fault: readonly FaultRule[]
  readonly allowFaultHeaders?: boolean
  readonly apiKey?: string
  readonly speed: number
  readonly seed: number
  readonly json?: boolean
}

/** `spillway engine-sim`: an inference server to try things against. Serves until `stopped` resolves, by default SIGINT or SIGTERM. */
export function engineSimCommand(io: Io, stopped: () => Promise<unknown> = signaled): Command {
  return new Command('engine-sim')
    .description('an OpenAI-compatible server that behaves like vLLM, without a GPU')
    .option('--port <n>', 'port; 0 = any that is free', count, 8000)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--model <id>', 'model of the catalog; any name with --ttft-ms, --tpot-ms or --prefill-us-per-token', 'llama-3.1-8b')
    .option('--served-model-name <names...>', 'names that clients ask for (default: the model)')
    .option('--gpu <id>', 'GPU of the catalog', 'h100-80gb')
    .option('--gpus <n>', 'GPUs a replica (default: the fewest that the model fits)', count)
    .addOption(new Option('--precision <type>', 'precision of the weights (default: as the model is published)').choices(PRECISIONS))
    .option('--ttft-ms <ms>', 'fixed timing instead of a GPU: until the first token', nonNegative)
    .option('--tpot-ms <ms>', 'fixed timing: between tokens', nonNegative)
    .option('--prefill-us-per-token <us>', 'fixed timing: reading a prompt', nonNegative)
    .option('--max-num-seqs <n>', 'requests that run at once', count, DEFAULT_LIMITS.maxNumSeqs)
    .option('--max-num-batched-tokens <n>', 'tokens of a step', count, DEFAULT_LIMITS.maxNumBatchedTokens)
    .option('--max-model-len <n>', 'longest prompt and answer together', count)
    .option('--kv-tokens <n>', 'tokens of KV cache (default: what the memory holds)', count)
    .option('--stream-interval <n>', 'tokens in an event of a stream, but for the first', count, 1)
    .option('--no-prefix-caching', 'read every prompt anew')
    .option('--output-tokens <n>', 'mean length of an answer that nothing limits', positive, 128)
    .addOption(new Option('--mode <mode>', 'a server that is always there, or replicas that start on demand').choices(['dedicated', 'serverless']).default('dedicated'))
    .option('--cold-start <p50[,p90,p99]>', 'serverless: such as 12s,30s,90s (default: by the size of the weights)', coldStart)
    .option('--idle-window <duration>', 'serverless: a replica without work stops after', duration, DEFAULT_SERVERLESS.idleWindowSeconds)
    .option('--min-replicas <n>', 'serverless: replicas that never stop', count, DEFAULT_SERVERLESS.minReplicas)
    .option('--max-replicas <n>', 'serverless: most replicas', count, DEFAULT_SERVERLESS.maxReplicas)
    .option('--concurrency <n>', 'serverless: requests a replica', count, DEFAULT_SERVERLESS.concurrency)
    .option('--max-waiting <n>', 'serverless: requests that may wait; above, 429', count, DEFAULT_SERVERLESS.maxWaiting ?? 0)
    .addOption(new Option('--fault <kind=rate>', `failures at a rate, repeatable: ${FAULT_KINDS.join(', ')}`).argParser(fault).default([], 'none'))
    .option('--allow-fault-headers', 'obey `x-sim-fault: KIND[;after=TOKENS][;ms=N][;retry-after=S]` of requests')
    .option('--api-key <key>', 'ask for this bearer token')
    .option('--speed <factor>', 'simulated seconds a second', positive, 1)
    .option('--seed <n>', 'seed of answers, cold starts and faults', count, 1)
    .option('--json', 'print the address as JSON')
    .addHelpText('after', EXAMPLES)
    .action((options: Options) => run(options, io, stopped))
}

const EXAMPLES = `
Examples:
  $ spillway engine-sim --model llama-3.1-8b --gpu h100-80gb
  $ spillway engine-sim --port 8001 --mode serverless --cold-start 8s,15s,40s --idle-window 30s
  $ spillway engine-sim --model any --ttft-ms 50 --tpot-ms 10 --fault rate-limit=0.05
  $ spillway engine-sim --fault 'reset-stream=0.01;after=5' --fault 'slow=0.01;ms=500'
`

async function run(options: Options, io: Io, stopped: () => Promise<unknown>): Promise<void> {
  const [simOptions, what] = simulated(options)
  const sim = createEngineSim(simOptions)
  const { url, port } = await sim.listen(options.port)
  const models = simOptions.models
  io.stdout(options.json === true ? `${JSON.stringify({ url, port, models, mode: options.mode, engine: what, speed: options.speed, seed: options.seed })}\n` : `${url}  ${models.join(', ')}: ${what}\n`)
  await stopped()
  await sim.close()
  if (options.json !== true) io.stdout(`${closing(sim)}\n`)
}

function simulated(options: Options): [EngineSimOptions, string] {
  const { ttftMs, tpotMs, prefillUsPerToken } = options
  const fixed = [ttftMs, tpotMs, prefillUsPerToken].some((value) => value !== undefined)
  const replica = fixed ? null : simulatedReplica(options.model, options.gpu, options.gpus, options.precision)
  const base = replica === null ? { models: [options.model], timing: fixedTiming({ ttftMs: ttftMs ?? 0, tpotMs: tpotMs ?? 0, prefillUsPerToken: prefillUsPerToken ?? 0 }), gpus: options.gpus ?? 1, limits: {} } : replicaOptions(replica)
  const { p50, p90, p99 } = options.coldStart ?? assumedColdStart(replica?.fit.weightsGb ?? null).coldStart
  const engine = replica === null ? `TTFT ${ttftMs ?? 0} ms, TPOT ${tpotMs ?? 0} ms, prefill ${prefillUsPerToken ?? 0} us a token` : `${replica.gpus} x ${replica.latency.gpu}, ${replica.latency.precision}, ${replica.latency.basis}`
  return [
    {
      ...base,
      clock: { now: () => performance.timeOrigin + performance.now() },
      models: options.servedModelName ?? [...new Set([...base.models, options.model])],
      host: options.host,
      speed: options.speed,
      seed: options.seed,
      limits: { ...base.limits, maxNumSeqs: options.maxNumSeqs, maxNumBatchedTokens: options.maxNumBatchedTokens, prefixCaching: options.prefixCaching, ...(options.kvTokens === undefined ? {} : { kvTokens: options.kvTokens }) },
      ...(options.maxModelLen === undefined ? {} : { maxModelLen: options.maxModelLen }),
      streamInterval: options.streamInterval,
      meanOutputTokens: options.outputTokens,
      ...(options.mode === 'dedicated' ? {} : { serverless: fleetRules(options, { p50, p90, p99 }) }),
      faults: options.fault,
      allowFaultHeaders: options.allowFaultHeaders ?? false,
      ...(options.apiKey === undefined ? {} : { apiKey: options.apiKey }),
    },
    options.mode === 'dedicated' ? engine : `${engine}; serverless, cold start ${p50}/${p90}/${p99} s, idle window ${options.idleWindow} s, ${options.minReplicas} to ${options.maxReplicas} replicas`,
  ]
}

function fleetRules({ idleWindow, minReplicas, maxReplicas, concurrency, maxWaiting }: Options, quantiles: ColdStart): FleetRules {
  return { coldStartSeconds: coldStartSampler(quantiles), idleWindowSeconds: idleWindow, minReplicas, maxReplicas, concurrency, maxWaiting }
}

function closing(sim: EngineSim): string {
  const { finished, generatedTokens, promptTokens, prefixHits } = sim.stats()
  return `answered ${finished.stop + finished.length}, aborted ${finished.abort}; ${promptTokens} prompt tokens, ${prefixHits} of them cached, ${generatedTokens} generated`
}

function signaled(): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      process.off('SIGINT', stop).off('SIGTERM', stop)
      resolve()
    }
    process.on('SIGINT', stop).on('SIGTERM', stop)
  })
}

function fault(text: string, before: readonly FaultRule[]): readonly FaultRule[] {
  return [...before, parseFaultRule(text)]
}
