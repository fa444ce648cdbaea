import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { classifier, gpuNamed } from './devices.ts'
import { AWS_FAMILIES, AZURE_SIZES, GOOGLE_MACHINES, GPU_NAMES } from './gpu-table.ts'

const classify = classifier()
const gpu = (name: string, count: number | null, purchase?: string): object => ({ kind: 'gpu', gpu: name, count, ...(purchase === undefined ? {} : { purchase }) })

describe('what a line of a bill is', () => {
  it.each([
    ['BoxUsage:p4d.24xlarge p4d.24xlarge', gpu('a100-40gb', 8)],
    ['USE2-BoxUsage:p5.48xlarge', gpu('h100-80gb', 8)],
    ['BoxUsage:p6-b200.48xlarge', gpu('b200-180gb', 8)],
    ['EUW1-SpotUsage:g5.12xlarge', gpu('a10g-24gb', 4, 'spot')],
    ['USE1-Host:ml.g6e.xlarge', gpu('l40s-48gb', 1)],
    ['BoxUsage:g7e.12xlarge', gpu('rtx-pro-6000-96gb', 2)],
    ['Compute Engine a4x-maxgpu-4g-metal', gpu('gb300-288gb', 4)],
    ['BoxUsage:g4dn.metal', gpu('t4-16gb', 8)],
    ['BoxUsage:gr6.4xlarge', gpu('l4-24gb', 1)],
    ['BoxUsage:g6f.large', gpu('l4-24gb', 0.125)],
    ['HostUsage:p4d', gpu('a100-40gb', null)],
    ['BoxUsage:p9x.99xlarge', gpu('unknown', null)],
    ['BoxUsage:g5.77xlarge', gpu('a10g-24gb', null)],
    ['Virtual Machines NC24ads A100 v4', gpu('a100-pcie-80gb', 1)],
    ['Virtual Machines NC24ads A100 v4 Spot', gpu('a100-pcie-80gb', 1, 'spot')],
    ['Standard_ND96isr_H100_v5', gpu('h100-80gb', 8)],
    ['Standard_NC64as_T4_v3', gpu('t4-16gb', 4)],
    ['NV36ads A10 v5', gpu('a10-24gb', 1)],
    ['ND999 H200 v9', gpu('h200-141gb', null)],
    ['Compute Engine Nvidia L4 GPU running in Netherlands', gpu('l4-24gb', 1)],
    ['Compute Engine Nvidia Tesla A100 GPU running in Americas', gpu('a100-40gb', 1)],
    ['Compute Engine Nvidia A100 80GB GPU running in Americas', gpu('a100-80gb', 1)],
    ['Compute Engine Nvidia L4 GPU attached to Spot Preemptible VMs running in Iowa', gpu('l4-24gb', 1, 'spot')],
    ['Compute Engine Commitment v1: Nvidia L4 GPU in Iowa for 1 Year', gpu('l4-24gb', 1, 'committed')],
    ['Cloud Run NVIDIA L4 GPU Allocation', gpu('l4-24gb', 1, 'serverless')],
    ['Compute Engine a3-highgpu-8g', gpu('h100-80gb', 8)],
    ['RunPod Serverless H100', gpu('h100-80gb', 1, 'serverless')],
    ['Lambda Cloud gpu_8x_h100_sxm5', gpu('h100-80gb', 8)],
    ['CoreWeave A100 80GB', gpu('a100-80gb', 1)],
    ['Modal T4 time', gpu('t4-16gb', 1, 'serverless')],
  ])('%s is a GPU', (text, device) => {
    expect(classify(text)).toEqual(device)
  })

  it.each([
    ['Compute Engine G2 Instance Core running in Netherlands', { kind: 'gpu-host' }],
    ['Compute Engine Spot Preemptible A2 Instance Ram running in Iowa', { kind: 'gpu-host', purchase: 'spot' }],
    ['Compute Engine Commitment v1: G2 Cpu in Iowa for 1 Year', { kind: 'gpu-host', purchase: 'committed' }],
    ['BoxUsage:trn1.32xlarge', { kind: 'accelerator' }],
    ['BoxUsage:inf2.xlarge', { kind: 'accelerator' }],
    ['Compute Engine TPU v5e', { kind: 'accelerator' }],
  ])('%s is no GPU, but belongs to one or is like one', (text, device) => {
    expect(classify(text)).toEqual(device)
  })

  it.each([
    'BoxUsage:m5.large m5.large',
    'BoxUsage:m7g.large',
    'BoxUsage:c6gn.xlarge',
    'BoxUsage:im4gn.large',
    'DataTransfer-Out-Bytes',
    'EBS:VolumeUsage.gp3',
    'Amazon Bedrock Claude input tokens',
    'Compute Engine N1 Predefined Instance Core running in Americas',
    'Compute Engine E2 Instance Ram running in Americas',
    'Virtual Machines D4s v5',
    'Virtual Machines E96ads v5',
    'Azure Kubernetes Service Standard',
    'T4 paper size printing',
    'AWS Lambda requests',
    '',
  ])('%s is none', (text) => {
    expect(classify(text)).toEqual({ kind: 'other' })
  })

  it('remembers texts and answers the same', () => {
    expect(classify('BoxUsage:p4d.24xlarge')).toBe(classify('BoxUsage:p4d.24xlarge'))
  })

  it('reads names of GPUs, and claims no memory size that the name does not give', () => {
    expect([gpuNamed('NVIDIA H100 80GB HBM3'), gpuNamed('H100 PCIe'), gpuNamed('A100'), gpuNamed('rtx_4090'), gpuNamed('Threadripper')]).toEqual(['h100-80gb', 'h100-pcie-80gb', 'a100', 'rtx-4090-24gb', null])
  })
})

describe('the table of machines', () => {
  it('has a source and a date for each part', () => {
    for (const part of [AWS_FAMILIES, AZURE_SIZES, GOOGLE_MACHINES, GPU_NAMES]) {
      expect(part.source).not.toBe('')
      expect(part.asOf).toMatch(/^\d{4}-\d{2}-\d{2}$/u)
    }
  })

  it('names every GPU of the catalog as the catalog does', () => {
    const catalog = JSON.parse(readFileSync(new URL('../../../catalog/gpus.json', import.meta.url), 'utf8')) as { gpus: { id: string; name: string }[] }
    const known = new Set([...Object.values(AWS_FAMILIES.rows).map((family) => family.gpu), ...AZURE_SIZES.rows.map(([, id]) => id), ...GOOGLE_MACHINES.rows.map(([, id]) => id), ...GPU_NAMES.rows.map(([, id]) => id)])
    expect(catalog.gpus.map(({ id }) => id).filter((id) => !known.has(id))).toEqual([])
  })
})
