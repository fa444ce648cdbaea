import type { Sourced } from '../../core/catalog/types.ts'

/**
 * Which machines carry which GPUs, and how many. Published hardware facts: a bill names the machine, seldom the GPU.
 * GPU ids are the catalog's. Extend it here; a family that is missing still counts as GPU cost, with unknown hours.
 */
interface MachineTable<Row> extends Sourced {
  readonly rows: Row
}

/** A family's GPU and the GPUs of each size. A fraction is a share of one GPU. */
interface AwsFamily {
  readonly gpu: string
  readonly sizes: Readonly<Record<string, number>>
}

const ONE_TO_EIGHT = { xlarge: 1, '2xlarge': 1, '4xlarge': 1, '8xlarge': 1, '12xlarge': 4, '16xlarge': 1, '24xlarge': 4, '48xlarge': 8 }

export const AWS_FAMILIES: MachineTable<Readonly<Record<string, AwsFamily>>> = {
  source: 'AWS, EC2 instance types, accelerated computing (docs.aws.amazon.com/ec2/latest/instancetypes/ac.html)',
  asOf: '2026-11-24',
  note: 'g5, g6, p4, p5 and p6 rows were checked on this day against the listing in the Karpenter documentation; p2, p3, g3, g4 rows were not read again',
  rows: {
    p2: { gpu: 'k80-12gb', sizes: { xlarge: 1, '8xlarge': 8, '16xlarge': 16 } },
    p3: { gpu: 'v100-16gb', sizes: { '2xlarge': 1, '8xlarge': 4, '16xlarge': 8 } },
    p3dn: { gpu: 'v100-32gb', sizes: { '24xlarge': 8 } },
    p4d: { gpu: 'a100-40gb', sizes: { '24xlarge': 8 } },
    p4de: { gpu: 'a100-80gb', sizes: { '24xlarge': 8 } },
    p5: { gpu: 'h100-80gb', sizes: { '4xlarge': 1, '48xlarge': 8 } },
    p5e: { gpu: 'h200-141gb', sizes: { '48xlarge': 8 } },
    p5en: { gpu: 'h200-141gb', sizes: { '48xlarge': 8 } },
    'p6-b200': { gpu: 'b200-180gb', sizes: { '48xlarge': 8 } },
    'p6-b300': { gpu: 'b300-288gb', sizes: { '48xlarge': 8 } },
    'p6e-gb200': { gpu: 'gb200-186gb', sizes: { '36xlarge': 4 } },
    'p6e-gb300': { gpu: 'gb300-288gb', sizes: { '36xlarge': 4 } },
    g3s: { gpu: 'm60-8gb', sizes: { xlarge: 1 } },
    g3: { gpu: 'm60-8gb', sizes: { '4xlarge': 1, '8xlarge': 2, '16xlarge': 4 } },
    g4dn: { gpu: 't4-16gb', sizes: { xlarge: 1, '2xlarge': 1, '4xlarge': 1, '8xlarge': 1, '16xlarge': 1, '12xlarge': 4, metal: 8 } },
    g4ad: { gpu: 'radeon-v520-8gb', sizes: { xlarge: 1, '2xlarge': 1, '4xlarge': 1, '8xlarge': 2, '16xlarge': 4 } },
    g5: { gpu: 'a10g-24gb', sizes: ONE_TO_EIGHT },
    g5g: { gpu: 't4g-16gb', sizes: { xlarge: 1, '2xlarge': 1, '4xlarge': 1, '8xlarge': 1, '16xlarge': 2, metal: 2 } },
    g6: { gpu: 'l4-24gb', sizes: ONE_TO_EIGHT },
    gr6: { gpu: 'l4-24gb', sizes: { '4xlarge': 1, '8xlarge': 1 } },
    g6f: { gpu: 'l4-24gb', sizes: { large: 0.125, xlarge: 0.125, '2xlarge': 0.25, '4xlarge': 0.5 } },
    gr6f: { gpu: 'l4-24gb', sizes: { '4xlarge': 0.5 } },
    g6e: { gpu: 'l40s-48gb', sizes: ONE_TO_EIGHT },
    g7e: { gpu: 'rtx-pro-6000-96gb', sizes: { '2xlarge': 1, '4xlarge': 1, '8xlarge': 1, '12xlarge': 2, '24xlarge': 4, '48xlarge': 8 } },
  },
}

/** Azure sizes as bills write them (`NC24ads A100 v4`, `Standard_ND96isr_H100_v5`), `_` read as a space. */
export const AZURE_SIZES: MachineTable<readonly (readonly [pattern: RegExp, gpu: string, count: number])[]> = {
  source: 'Microsoft, Azure VM sizes, GPU accelerated (learn.microsoft.com/azure/virtual-machines/sizes/overview)',
  asOf: '2026-11-24',
  note: 'T4, A10, A100 and H100 rows were checked on this day against the listings of Hugging Face and .NET Aspire; H200, MI300X, GB200, V100 rows were not read again',
  rows: [
    [/\bnc(?:4|8|16)as t4 v3\b/u, 't4-16gb', 1],
    [/\bnc64as t4 v3\b/u, 't4-16gb', 4],
    [/\bnc24ads a100 v4\b/u, 'a100-pcie-80gb', 1],
    [/\bnc48ads a100 v4\b/u, 'a100-pcie-80gb', 2],
    [/\bnc96ads a100 v4\b/u, 'a100-pcie-80gb', 4],
    [/\bncc?40[a-z]* h100 v5\b/u, 'h100-nvl-94gb', 1],
    [/\bnc80[a-z]* h100 v5\b/u, 'h100-nvl-94gb', 2],
    [/\bnd96asr (?:a100 )?v4\b/u, 'a100-40gb', 8],
    [/\bnd96amsr (?:a100 )?v4\b/u, 'a100-80gb', 8],
    [/\bnd96isr?f? h100 v5\b/u, 'h100-80gb', 8],
    [/\bnd96isr?f? h200 v5\b/u, 'h200-141gb', 8],
    [/\bnd96isr?f? mi300x v5\b/u, 'mi300x-192gb', 8],
    [/\bnd128isr (?:ndr )?gb200 v6\b/u, 'gb200-186gb', 4],
    [/\bnc6s v3\b/u, 'v100-16gb', 1],
    [/\bnc12s v3\b/u, 'v100-16gb', 2],
    [/\bnc24r?s v3\b/u, 'v100-16gb', 4],
    [/\bnd40rs v2\b/u, 'v100-32gb', 8],
    [/\bnv6ads a10 v5\b/u, 'a10-24gb', 1 / 6],
    [/\bnv12ads a10 v5\b/u, 'a10-24gb', 1 / 3],
    [/\bnv18ads a10 v5\b/u, 'a10-24gb', 1 / 2],
    [/\bnv36adm?s a10 v5\b/u, 'a10-24gb', 1],
    [/\bnv72ads a10 v5\b/u, 'a10-24gb', 2],
  ],
}

/** Google machine types with a fixed number of GPUs. `in-name`: the number in the name is the count. */
export const GOOGLE_MACHINES: MachineTable<readonly (readonly [pattern: RegExp, gpu: string, count: number | 'in-name'])[]> = {
  source: 'Google Cloud, GPU machine types (docs.cloud.google.com/compute/docs/gpus)',
  asOf: '2026-11-24',
  note: 'A3 Ultra, A4 and A4X rows were checked on this day against public documentation; G2 and G4 rows were not read again',
  rows: [
    [/\ba2-(?:high|mega)gpu-(\d+)g\b/u, 'a100-40gb', 'in-name'],
    [/\ba2-ultragpu-(\d+)g\b/u, 'a100-80gb', 'in-name'],
    [/\ba3-(?:high|mega|edge)gpu-(\d+)g\b/u, 'h100-80gb', 'in-name'],
    [/\ba3-ultragpu-(\d+)g\b/u, 'h200-141gb', 'in-name'],
    [/\ba4-highgpu-(\d+)g\b/u, 'b200-180gb', 'in-name'],
    [/\ba4x-highgpu-(\d+)g\b/u, 'gb200-186gb', 'in-name'],
    [/\ba4x-maxgpu-(\d+)g\b/u, 'gb300-288gb', 'in-name'],
    [/\bg4-standard-48\b/u, 'rtx-pro-6000-96gb', 1],
    [/\bg4-standard-96\b/u, 'rtx-pro-6000-96gb', 2],
    [/\bg4-standard-192\b/u, 'rtx-pro-6000-96gb', 4],
    [/\bg4-standard-384\b/u, 'rtx-pro-6000-96gb', 8],
    [/\bg2-standard-(?:4|8|12|16|32)\b/u, 'l4-24gb', 1],
    [/\bg2-standard-24\b/u, 'l4-24gb', 2],
    [/\bg2-standard-48\b/u, 'l4-24gb', 4],
    [/\bg2-standard-96\b/u, 'l4-24gb', 8],
  ],
}

/** Marketing names of GPUs, the longer before the shorter. A name without the memory size stays without it. */
export const GPU_NAMES: MachineTable<readonly (readonly [pattern: RegExp, gpu: string])[]> = {
  source: 'NVIDIA and AMD data sheets (nvidia.com/data-center, amd.com/instinct)',
  asOf: '2026-11-24',
  rows: [
    [/\bgb300\b/u, 'gb300-288gb'],
    [/\bgb200\b/u, 'gb200-186gb'],
    [/\bb300\b/u, 'b300-288gb'],
    [/\bb200\b/u, 'b200-180gb'],
    [/\bgh200\b/u, 'gh200-96gb'],
    [/\bh200\b/u, 'h200-141gb'],
    [/\bh100[ -]?nvl\b/u, 'h100-nvl-94gb'],
    [/\bh100[ -]?pcie\b/u, 'h100-pcie-80gb'],
    [/\bh100\b/u, 'h100-80gb'],
    [/\ba100\b[ -]?pcie\b.{0,8}\b80 ?gb\b|\ba100 80 ?gb pcie\b/u, 'a100-pcie-80gb'],
    [/\ba100\b.{0,12}\b80 ?gb\b/u, 'a100-80gb'],
    [/\ba100\b.{0,12}\b40 ?gb\b/u, 'a100-40gb'],
    [/\ba100\b/u, 'a100'],
    [/\bl40s\b/u, 'l40s-48gb'],
    [/\bl40\b/u, 'l40-48gb'],
    [/\bl4\b/u, 'l4-24gb'],
    [/\bt4g\b/u, 't4g-16gb'],
    [/\bt4\b/u, 't4-16gb'],
    [/\ba10g\b/u, 'a10g-24gb'],
    [/\ba10\b/u, 'a10-24gb'],
    [/\ba40\b/u, 'a40-48gb'],
    [/\b(?:rtx )?a6000\b/u, 'rtx-a6000-48gb'],
    [/\b(?:rtx )?a5000\b/u, 'rtx-a5000-24gb'],
    [/\bv100\b/u, 'v100'],
    [/\bp100\b/u, 'p100-16gb'],
    [/\bk80\b/u, 'k80-12gb'],
    [/\brtx ?pro ?6000\b/u, 'rtx-pro-6000-96gb'],
    [/\brtx ?6000 ?ada\b/u, 'rtx-6000-ada-48gb'],
    [/\brtx ?5090\b/u, 'rtx-5090-32gb'],
    [/\brtx ?4090\b/u, 'rtx-4090-24gb'],
    [/\brtx ?3090\b/u, 'rtx-3090-24gb'],
    [/\bmi355x\b/u, 'mi355x-288gb'],
    [/\bmi325x\b/u, 'mi325x-256gb'],
    [/\bmi300x\b/u, 'mi300x-192gb'],
    [/\bmi250x?\b/u, 'mi250-128gb'],
  ],
}

/** Providers that sell little but GPUs: there a GPU's name on a line is enough to know the line. */
export const GPU_CLOUDS = /\b(?:runpod|lambda labs|lambda cloud|lambda gpu|coreweave|modal|replicate|vast\.?ai|crusoe|nebius|together ai|fluidstack|akash|paperspace|tensordock|hyperstack|voltage park)\b/u

/** Rented by the second of a live replica. */
export const SERVERLESS = /\b(?:serverless|cloud run|modal|replicate|flex worker|active worker)\b/u
