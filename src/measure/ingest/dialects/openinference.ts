import type { Dialect } from './dialect.ts'

/** OpenInference (Arize Phoenix): `llm.*`, `openinference.*`. Prompt counts include the cached tokens, completion counts the reasoning. */
export const OPENINFERENCE: Dialect = {
  name: 'openinference',
  fields: {
    provider: ['llm.provider', 'llm.system'],
    modelAsked: ['llm.request.model_name', 'llm.model_name', 'embedding.model_name'],
    modelServed: ['llm.response.model_name', 'llm.model_name', 'embedding.model_name'],
    input: ['llm.token_count.prompt'],
    cacheRead: ['llm.token_count.prompt_details.cache_read'],
    cacheWrite: ['llm.token_count.prompt_details.cache_write'],
    audioInput: ['llm.token_count.prompt_details.audio'],
    output: ['llm.token_count.completion'],
    reasoning: ['llm.token_count.completion_details.reasoning'],
    audioOutput: ['llm.token_count.completion_details.audio'],
    total: ['llm.token_count.total'],
    reportedCost: ['llm.cost.total'],
    user: ['user.id'],
    session: ['session.id'],
    feature: ['agent.name'],
    prompt: ['prompt.id'],
    promptVersion: ['llm.prompt_template.version'],
    finishReason: ['llm.finish_reason'],
    toolName: ['tool.name', 'tool_call.function.name'],
    toolArguments: ['tool.parameters', 'tool_call.function.arguments'],
    labels: ['metadata'],
    outputJson: ['output.value'],
  },
  kinds: {
    'openinference.span.kind': { LLM: 'inference', EMBEDDING: 'embedding', CHAIN: 'chain', RETRIEVER: 'retrieval', RERANKER: 'other', TOOL: 'tool', AGENT: 'agent', GUARDRAIL: 'chain', EVALUATOR: 'chain', PROMPT: 'chain' },
  },
  tagPrefixes: ['metadata.'],
  usagePrefixes: ['llm.token_count.'],
}
