import { describe, expect, it } from 'vitest'
import { PRESETS, fillPreset, presetParameters, type Preset } from './presets.ts'
import { endpointAt, poolOf } from './testing.ts'
import { upstreamPath } from './upstream-path.ts'

const all: readonly (readonly [string, Preset])[] = Object.entries(PRESETS)

describe('presets', () => {
  it.each(all)('%s has a source, a date and an https URL once it is filled in', (_, preset) => {
    const parameters = Object.fromEntries(presetParameters(preset).map((name) => [name, 'x1']))
    const { url, paths } = fillPreset(preset, parameters)
    expect(new URL(url).protocol).toBe('https:')
    expect(JSON.stringify([url, paths]).replaceAll('{model}', '')).not.toMatch(/[{]\w+[}]/u)
    expect(preset.source).toMatch(/^https:/u)
    expect(preset.asOf).toMatch(/^\d{4}-\d\d-\d\d$/u)
  })

  it.each([
    ['azure-openai', { resource: 'acme' }, 'https://acme.openai.azure.com/openai/v1/chat/completions'],
    ['azure-openai-deployments', { resource: 'acme', apiVersion: '2024-10-21' }, 'https://acme.openai.azure.com/openai/deployments/gpt%2F4o/chat/completions?api-version=2024-10-21'],
    ['bedrock-openai', { region: 'us-west-2' }, 'https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1/chat/completions'],
    ['sagemaker-openai', { region: 'us-east-1', endpoint: 'llama' }, 'https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/llama/openai/v1/chat/completions'],
    ['sagemaker-invocations', { region: 'us-east-1', endpoint: 'llama' }, 'https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/llama/invocations'],
    ['vertex-openai', { location: 'europe-west4', project: 'acme' }, 'https://europe-west4-aiplatform.googleapis.com/v1/projects/acme/locations/europe-west4/endpoints/openapi/chat/completions'],
    ['runpod-openai', { endpoint: 'abc' }, 'https://api.runpod.ai/v2/abc/openai/v1/chat/completions'],
  ] as const)('%s leads a chat call to its address', (name, parameters, address) => {
    const { url, paths } = fillPreset(PRESETS[name], parameters)
    const path = upstreamPath(poolOf({ paths }), endpointAt(url), 'chat', '/v1/chat/completions', 'gpt/4o')
    expect(new URL(url).origin + path).toBe(address)
  })

  it('says what it needs, and refuses to go without', () => {
    expect(presetParameters(PRESETS['azure-openai-deployments'])).toEqual(['resource', 'apiVersion'])
    expect(() => fillPreset(PRESETS['azure-openai'], {})).toThrow('resource')
  })

  it('lets no parameter leave its place', () => {
    expect(fillPreset(PRESETS.runpod, { endpoint: '../../evil?x#y' }).url).toBe('https://api.runpod.ai/v2/..%2F..%2Fevil%3Fx%23y')
  })
})
