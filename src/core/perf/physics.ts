import type { Precision } from '../catalog/types.ts'
import type { Layout } from './layout.ts'
import { gpusOf } from './layout.ts'
import { kvBytesPerToken, weightBytes } from './memory-fit.ts'
import type { PerfGpu, PerfModel } from './perf-table.ts'

/** What is served on what: everything that speed is learned from. */
export interface Subject {
  readonly modelId: string
  readonly model: PerfModel
  readonly gpuId: string
  readonly gpu: PerfGpu
  readonly engine: string
  readonly precision: Precision
  readonly layout: Layout
}

/** Bytes and operations of a subject in units of what its GPUs can move and compute in a second. */
interface Rates {
  readonly gpus: number
  readonly layers: number
  readonly bytesPerSecond: number
  readonly flops: number
  readonly activeParameters: number
  readonly kvBytes: number
}

function ratesOf({ model, gpu, precision, layout }: Subject): Rates {
  const gpus = gpusOf(layout)
  return {
    gpus,
    layers: model.layers ?? 0,
    bytesPerSecond: gpu.memoryBandwidthGBps * 1e9 * gpus,
    flops: tflops(gpu, precision) * 1e12 * gpus,
    activeParameters: model.activeB * 1e9,
    kvBytes: kvBytesPerToken(model, precision) ?? 0,
  }
}

/** The fastest arithmetic that the precision allows on the GPU: where it has no such units, weights are widened. */
function tflops(gpu: PerfGpu, precision: Precision): number {
  const fp8 = gpu.fp8Tflops ?? gpu.bf16Tflops
  if (precision === 'fp4') return gpu.fp4Tflops ?? fp8
  return precision === 'fp8' || precision === 'int8' ? fp8 : gpu.bf16Tflops
}

/**
 * Parameters (in billions) that a step of `batch` tokens reads: all of a dense model; of a mixture of experts those that
 * at least one token was sent to, if each token picks its share at random.
 */
export function parametersRead(model: PerfModel, batch: number): number {
  const share = Math.min(1, model.activeB / model.parametersB)
  return model.parametersB * (1 - (1 - share) ** batch)
}

/** Seconds of the physical parts of one decode step, each to be scaled by a learned factor. */
export function decodePhysics(subject: Subject, batch: number, input: number, output: number): number[] {
  const { gpus, layers, bytesPerSecond, flops, activeParameters, kvBytes } = ratesOf(subject)
  const compute = (2 * activeParameters * batch) / flops
  return [
    (parametersRead(subject.model, batch) * 1e9 * weightBytes(subject.precision)) / bytesPerSecond,
    (batch * (input + output / 2) * kvBytes) / bytesPerSecond,
    compute,
    (compute * input) / output,
    layers * 1e-5, // kernel launches
    layers * 1e-5 * Math.log2(gpus), // latency of the all-reduce of each layer
    batch * 1e-5, // scheduling, sampling
    gpus > 1 ? layers * batch * 1e-7 : 0, // bytes of the all-reduce
    (batch * input * 1e-6) / output,
  ]
}

/** The same of the time to first token with `batch` requests on the replica. */
export function prefillPhysics(subject: Subject, batch: number, input: number): number[] {
  const { gpus, layers, flops, activeParameters } = ratesOf(subject)
  const compute = (2 * activeParameters * input) / flops
  return [
    compute,
    layers * 1e-4,
    0.01,
    compute * batch,
    batch * 1e-3,
    (layers * input * input * 1e-12) / gpus, // attention
    input * 1e-5, // tokenizing, copying
    gpus > 1 ? input * layers * 1e-7 : 0, // bytes of the all-reduce
  ]
}
