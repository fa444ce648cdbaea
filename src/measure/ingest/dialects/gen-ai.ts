import type { Dialect } from './dialect.ts'

/**
 * OpenTelemetry's GenAI conventions: semantic-conventions 1.41, the names before it, and those of semantic-conventions-genai after
 * it. AI SDK 7 (scope `gen_ai`) speaks this, with a few `ai.*` attributes besides. Input includes the cached tokens, output the
 * reasoning.
 */
export const GEN_AI: Dialect = {
  name: 'gen_ai',
  fields: {
    provider: ['gen_ai.provider.name', 'gen_ai.system'],
    modelAsked: ['gen_ai.request.model'],
    modelServed: ['gen_ai.response.model'],
    responseId: ['gen_ai.response.id'],
    streamed: ['gen_ai.request.stream'],
    input: ['gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens'],
    cacheRead: ['gen_ai.usage.cache_read.input_tokens', 'gen_ai.usage.cache_read_input_tokens', 'gen_ai.usage.details.cache_read_tokens', 'gen_ai.usage.details.cached_tokens', 'gen_ai.usage.input_tokens.cached'],
    cacheWrite: ['gen_ai.usage.cache_write.input_tokens', 'gen_ai.usage.cache_creation.input_tokens', 'gen_ai.usage.cache_creation_input_tokens', 'gen_ai.usage.details.cache_write_tokens'],
    audioInput: ['gen_ai.usage.audio.input_tokens'],
    imageInput: ['gen_ai.usage.image.input_tokens'],
    output: ['gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens'],
    reasoning: ['gen_ai.usage.reasoning.output_tokens', 'gen_ai.usage.reasoning_tokens', 'gen_ai.usage.details.reasoning_tokens'],
    audioOutput: ['gen_ai.usage.audio.output_tokens'],
    total: ['gen_ai.usage.total_tokens'],
    reportedCost: ['gen_ai.usage.cost'],
    user: ['user.id', 'enduser.id', 'gen_ai.user.id', 'gen_ai.user'],
    session: ['gen_ai.conversation.id', 'session.id'],
    feature: ['gen_ai.workflow.name', 'gen_ai.agent.name'],
    prompt: ['gen_ai.prompt.name'],
    promptVersion: ['gen_ai.prompt.version'],
    environment: ['deployment.environment.name', 'deployment.environment'],
    service: ['service.name'],
    ttftSeconds: ['gen_ai.response.time_to_first_chunk', 'gen_ai.client.inference.time_to_first_chunk', 'gen_ai.client.operation.time_to_first_chunk', 'gen_ai.server.time_to_first_token'],
    finishReason: ['gen_ai.response.finish_reasons'],
    httpStatus: ['http.response.status_code', 'http.status_code'],
    errorType: ['error.type', 'exception.type'],
    errorMessage: ['exception.message'],
    toolName: ['gen_ai.tool.name'],
    toolArguments: ['gen_ai.tool.call.arguments'],
    toolResult: ['gen_ai.tool.call.result'],
    toolsDeclared: ['gen_ai.tool.definitions'],
    systemPrompt: ['gen_ai.system_instructions'],
    inputMessages: ['gen_ai.input.messages'],
    outputMessages: ['gen_ai.output.messages'],
    scoreName: ['gen_ai.evaluation.name'],
    scoreValue: ['gen_ai.evaluation.score.value'],
    scoreLabel: ['gen_ai.evaluation.score.label'],
  },
  kinds: {
    'gen_ai.operation.name': {
      chat: 'inference', generate_content: 'inference', text_completion: 'inference', embeddings: 'embedding', retrieval: 'retrieval', create_agent: 'agent', invoke_agent: 'agent',
      execute_tool: 'tool', invoke_workflow: 'chain', plan: 'chain', agent_step: 'chain',
    },
  },
  tagPrefixes: [],
  usagePrefixes: ['gen_ai.usage.'],
}
