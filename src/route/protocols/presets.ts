import type { Api } from '../../core/call.ts'
import type { PoolConfig, UpstreamAuth } from '../config-types.ts'

/**
 * How well-known services want to be addressed: `url` is the endpoint's URL and `paths` the pool's `paths`, with
 * `{model}` left for the upstream's name of the model and the other names in braces to be filled in by the configuration.
 */
export interface Preset {
  readonly url: string
  readonly protocol: PoolConfig['protocol']
  readonly paths: Readonly<Partial<Record<Api, string>>>
  readonly auth: UpstreamAuth['type']
  /** For `header`: its name; for `aws-sigv4`: the service; for `google-adc`: the scope. */
  readonly authDetail: string | null
  readonly source: string
  readonly asOf: string
}

const CLOUD_PLATFORM = 'https://www.googleapis.com/auth/cloud-platform'

export const PRESETS = {
  /** Azure OpenAI, the v1 API: no version in the URL. The model is the deployment's name. */
  'azure-openai': {
    url: 'https://{resource}.openai.azure.com/openai',
    protocol: 'openai',
    paths: {},
    auth: 'header',
    authDetail: 'api-key',
    source: 'https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle',
    asOf: '2026-11-25',
  },
  /** Azure OpenAI by deployment and dated API version. */
  'azure-openai-deployments': {
    url: 'https://{resource}.openai.azure.com',
    protocol: 'openai',
    paths: {
      chat: '/openai/deployments/{model}/chat/completions?api-version={apiVersion}',
      completions: '/openai/deployments/{model}/completions?api-version={apiVersion}',
      embeddings: '/openai/deployments/{model}/embeddings?api-version={apiVersion}',
      responses: '/openai/responses?api-version={apiVersion}',
    },
    auth: 'header',
    authDetail: 'api-key',
    source: 'https://learn.microsoft.com/azure/ai-foundry/openai/reference',
    asOf: '2026-11-25',
  },
  /** Amazon Bedrock's OpenAI-compatible endpoint. With a Bedrock API key use auth `bearer` in place of SigV4. */
  'bedrock-openai': {
    url: 'https://bedrock-runtime.{region}.amazonaws.com/openai',
    protocol: 'openai',
    paths: {},
    auth: 'aws-sigv4',
    authDetail: 'bedrock',
    source: 'https://docs.aws.amazon.com/bedrock/latest/userguide/inference-chat-completions.html',
    asOf: '2026-11-25',
  },
  /** A SageMaker endpoint's OpenAI-compatible path, which streams server-sent events. The token is made by SageMaker's SDK and lives 12 hours at most. */
  'sagemaker-openai': {
    url: 'https://runtime.sagemaker.{region}.amazonaws.com/endpoints/{endpoint}/openai',
    protocol: 'openai',
    paths: {},
    auth: 'bearer',
    authDetail: null,
    source: 'https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-openai-compatible.html',
    asOf: '2026-11-25',
  },
  /** A SageMaker endpoint by InvokeEndpoint, for containers that take OpenAI's JSON there. Not for streams, whose framing is AWS's own: see `sagemaker-openai`. */
  'sagemaker-invocations': {
    url: 'https://runtime.sagemaker.{region}.amazonaws.com',
    protocol: 'openai',
    paths: {
      chat: '/endpoints/{endpoint}/invocations',
      completions: '/endpoints/{endpoint}/invocations',
      embeddings: '/endpoints/{endpoint}/invocations',
    },
    auth: 'aws-sigv4',
    authDetail: 'sagemaker',
    source: 'https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html',
    asOf: '2026-11-25',
  },
  /** Vertex AI's OpenAI-compatible endpoint. Models are named `google/gemini-...`. */
  'vertex-openai': {
    url: 'https://{location}-aiplatform.googleapis.com',
    protocol: 'openai',
    paths: { chat: '/v1/projects/{project}/locations/{location}/endpoints/openapi/chat/completions' },
    auth: 'google-adc',
    authDetail: CLOUD_PLATFORM,
    source: 'https://docs.cloud.google.com/vertex-ai/generative-ai/docs/migrate/openai/examples',
    asOf: '2026-11-25',
  },
  anthropic: {
    url: 'https://api.anthropic.com',
    protocol: 'anthropic',
    paths: {},
    auth: 'header',
    authDetail: 'x-api-key',
    source: 'https://platform.claude.com/docs/en/api/overview',
    asOf: '2026-11-25',
  },
  /** A RunPod serverless endpoint by its job queue. */
  runpod: {
    url: 'https://api.runpod.ai/v2/{endpoint}',
    protocol: 'runpod',
    paths: {},
    auth: 'bearer',
    authDetail: null,
    source: 'https://docs.runpod.io/serverless/endpoints/operation-reference',
    asOf: '2026-11-25',
  },
  /** The same endpoint's OpenAI-compatible route, which streams without polling: to be preferred where the worker offers it. */
  'runpod-openai': {
    url: 'https://api.runpod.ai/v2/{endpoint}/openai',
    protocol: 'openai',
    paths: {},
    auth: 'bearer',
    authDetail: null,
    source: 'https://docs.runpod.io/serverless/vllm/openai-compatibility',
    asOf: '2026-11-25',
  },
  replicate: {
    url: 'https://api.replicate.com',
    protocol: 'replicate',
    paths: {},
    auth: 'bearer',
    authDetail: null,
    source: 'https://replicate.com/docs/reference/http',
    asOf: '2026-11-25',
  },
} as const satisfies Readonly<Record<string, Preset>>

export type PresetName = keyof typeof PRESETS

/** Names in braces of a preset, without `{model}`: what the configuration has to give. */
export function presetParameters(preset: Preset): readonly string[] {
  const texts = [preset.url, ...Object.values(preset.paths)]
  const names = texts.flatMap((text) => [...text.matchAll(/\{(\w+)\}/gu)].map((match) => match[1]!))
  return [...new Set(names)].filter((name) => name !== 'model')
}

/** A preset with its parameters filled in. Throws RangeError for one that is missing: the configuration checks them first. */
export function fillPreset(preset: Preset, parameters: Readonly<Record<string, string>>): Pick<Preset, 'url' | 'paths'> {
  const fill = (text: string): string =>
    text.replaceAll(/\{(\w+)\}/gu, (whole, name: string) => {
      if (name === 'model') return whole
      if (!Object.hasOwn(parameters, name)) throw new RangeError(`the preset needs ${name}`)
      return encodeURIComponent(parameters[name]!)
    })
  return { url: fill(preset.url), paths: Object.fromEntries(Object.entries(preset.paths).map(([api, path]) => [api, fill(path)])) }
}
