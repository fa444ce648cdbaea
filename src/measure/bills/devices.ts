import type { Device, Purchase } from './bill-line.ts'
import { AWS_FAMILIES, AZURE_SIZES, GOOGLE_MACHINES, GPU_CLOUDS, GPU_NAMES, SERVERLESS } from './gpu-table.ts'

const AWS_INSTANCE = /(?:^|[^a-z0-9])(?:ml\.)?((?:p|g|gr)\d[a-z0-9]*(?:-[a-z]+\d+)?|trn\d[a-z]*|inf\d[a-z]*|dl\d[a-z]*)\.(metal(?:-\d+xl)?|\d*xlarge|large|medium|small)\b/u
const AWS_HOST = /\bhostusage:((?:p|g|gr)\d[a-z0-9]*)$/u
const AZURE_FAMILY = /\b(?:nc|nd|nv|ng)\d+[a-z]* (?:[a-z0-9]+ )*v\d\b/u
const GOOGLE_FAMILY = /\b(?:a2|a3|a4|a4x|g2|g4)-(?:highgpu|megagpu|edgegpu|ultragpu|maxgpu|standard)/u
/** Core and memory SKUs of machines that cannot be had without GPUs. */
const GOOGLE_HOST = /\b(?:a2|a3|a3plus|a3mega|a3ultra|a4|a4x|g2|g4)(?: (?:mega|ultra|high|plus|edge))? (?:instance |predefined |custom )?(?:core|cpu|ram)\b/u
const GOOGLE_GPU = /\bnvidia\b.*\bgpu\b|\bgpu\b.*\bnvidia\b|\bnvidia (?:tesla )?(?:[a-z]{1,2}\d{1,3}[a-z]?|rtx)\b/u
const ACCELERATOR = /\btpu\b|\btpu-?v\d|\btpu\d|\btrainium|\binferentia|\bgaudi/u
const COUNT = /\b(\d{1,2}) ?x ?(?:nvidia )?(?=[a-z])/u
const MEMORY_LIMIT = 20_000

export type Classify = (text: string) => Device

/**
 * Tells from the words on a bill's line (service, SKU, meter, instance type; never names that the user gave) whether
 * it is GPU compute. Answers are remembered, since a bill repeats few texts often.
 */
export function classifier(): Classify {
  const known = new Map<string, Device>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    const device = classify(text)
    if (known.size >= MEMORY_LIMIT) known.clear()
    known.set(text, device)
    return device
  }
}

function classify(raw: string): Device {
  const text = raw.toLowerCase().replaceAll('_', ' ')
  const purchase = purchaseOf(text)
  const gpu = (name: string, count: number | null): Device => ({ kind: 'gpu', gpu: name, count, ...purchase })
  return aws(text, gpu) ?? azure(text, gpu) ?? google(text, gpu, purchase) ?? cloud(text, gpu) ?? (ACCELERATOR.test(text) ? { kind: 'accelerator' } : { kind: 'other' })
}

type MakeGpu = (name: string, count: number | null) => Device

function aws(text: string, gpu: MakeGpu): Device | null {
  const host = AWS_HOST.exec(text)
  if (host !== null) return gpu(AWS_FAMILIES.rows[host[1] ?? '']?.gpu ?? 'unknown', null)
  const match = AWS_INSTANCE.exec(text)
  if (match === null) return null
  const [, family = '', size = ''] = match
  if (/^(?:trn|inf|dl)/u.test(family)) return { kind: 'accelerator' }
  const known = AWS_FAMILIES.rows[family]
  return gpu(known?.gpu ?? 'unknown', known?.sizes[size] ?? null)
}

function azure(text: string, gpu: MakeGpu): Device | null {
  if (!AZURE_FAMILY.test(text)) return null
  const row = AZURE_SIZES.rows.find(([pattern]) => pattern.test(text))
  return row === undefined ? gpu(gpuNamed(text) ?? 'unknown', null) : gpu(row[1], row[2])
}

function google(text: string, gpu: MakeGpu, purchase: { readonly purchase?: Purchase }): Device | null {
  if (GOOGLE_HOST.test(text)) return { kind: 'gpu-host', ...purchase }
  if (GOOGLE_FAMILY.test(text)) {
    for (const [pattern, name, count] of GOOGLE_MACHINES.rows) {
      const match = pattern.exec(text)
      if (match !== null) return gpu(name, count === 'in-name' ? Number(match[1]) : count)
    }
    return gpu(gpuNamed(text) ?? 'unknown', null)
  }
  if (!GOOGLE_GPU.test(text)) return null
  const name = gpuNamed(text) ?? 'unknown'
  // Google writes "Tesla A100" for the 40 GB card and "A100 80GB" for the other. A SKU of a GPU is billed by the GPU.
  return gpu(name === 'a100' && text.includes('tesla') ? 'a100-40gb' : name, 1)
}

function cloud(text: string, gpu: MakeGpu): Device | null {
  if (!GPU_CLOUDS.test(text) && !/\bgpus?\b/u.test(text)) return null
  const name = gpuNamed(text)
  if (name === null) return null
  const many = COUNT.exec(text)
  return gpu(name, many === null ? 1 : Number(many[1]))
}

/** The catalog's id for a GPU named in free text, or null. */
export function gpuNamed(raw: string): string | null {
  const text = raw.toLowerCase().replace(/[_-]/gu, ' ')
  return GPU_NAMES.rows.find(([pattern]) => pattern.test(text))?.[1] ?? null
}

function purchaseOf(text: string): { readonly purchase?: Purchase } {
  if (/\bspot\b|\bpreemptible\b|\blow priority\b|spotusage/u.test(text)) return { purchase: 'spot' }
  if (/\bcommitment\b/u.test(text)) return { purchase: 'committed' }
  return SERVERLESS.test(text) ? { purchase: 'serverless' } : {}
}
