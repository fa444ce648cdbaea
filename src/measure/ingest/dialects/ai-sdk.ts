import type { Dialect } from './dialect.ts'

/**
 * Vercel's AI SDK: `ai.*` of version 6 and of 7's legacy telemetry (scope `ai`), and what 7 adds to the GenAI names. Only the
 * `do...` spans are calls; the spans around them repeat their sum.
 */
export const AI_SDK: Dialect = {
  name: 'ai-sdk',
  fields: {
    provider: ['ai.model.provider'],
    modelAsked: ['ai.model.id'],
    modelServed: ['ai.response.model'],
    responseId: ['ai.response.id'],
    input: ['ai.usage.inputTokens', 'ai.usage.promptTokens', 'ai.usage.tokens'],
    cacheRead: ['ai.usage.inputTokenDetails.cacheReadTokens', 'ai.usage.cachedInputTokens'],
    cacheWrite: ['ai.usage.inputTokenDetails.cacheWriteTokens'],
    output: ['ai.usage.outputTokens', 'ai.usage.completionTokens'],
    reasoning: ['ai.usage.outputTokenDetails.reasoningTokens', 'ai.usage.reasoningTokens'],
    total: ['ai.usage.totalTokens'],
    feature: ['ai.telemetry.functionId'],
    ttftMs: ['ai.response.msToFirstChunk', 'ai.stream.msToFirstChunk'],
    finishReason: ['ai.response.finishReason'],
    toolName: ['ai.toolCall.name'],
    toolArguments: ['ai.toolCall.args'],
    toolResult: ['ai.toolCall.result'],
    toolsDeclared: ['ai.prompt.tools'],
    inputMessages: ['ai.prompt.messages'],
    outputMessages: ['ai.response.toolCalls'],
    providerMetadata: ['ai.response.providerMetadata'],
  },
  kinds: {
    'ai.operationId': {
      'ai.generateText.doGenerate': 'inference', 'ai.streamText.doStream': 'inference', 'ai.generateObject.doGenerate': 'inference', 'ai.streamObject.doStream': 'inference',
      'ai.embed.doEmbed': 'embedding', 'ai.embedMany.doEmbed': 'embedding', 'ai.toolCall': 'tool', 'ai.rerank.doRerank': 'other',
      'ai.generateText': 'chain', 'ai.streamText': 'chain', 'ai.generateObject': 'chain', 'ai.streamObject': 'chain', 'ai.embed': 'chain', 'ai.embedMany': 'chain', 'ai.rerank': 'chain',
    },
  },
  tagPrefixes: ['ai.telemetry.metadata.', 'ai.settings.context.'],
  usagePrefixes: ['ai.usage.'],
}
