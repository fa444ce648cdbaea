import type { Dialect } from './dialect.ts'

/** Langfuse over OTLP. Usage and cost are JSON in one attribute, with disjoint counts; an error is only a level. */
export const LANGFUSE: Dialect = {
  name: 'langfuse',
  fields: {
    modelAsked: ['langfuse.observation.model.name'],
    usageJson: ['langfuse.observation.usage_details'],
    costJson: ['langfuse.observation.cost_details'],
    user: ['langfuse.user.id'],
    session: ['langfuse.session.id'],
    feature: ['langfuse.trace.name'],
    prompt: ['langfuse.observation.prompt.name', 'langfuse.prompt.name'],
    promptVersion: ['langfuse.observation.prompt.version', 'langfuse.prompt.version'],
    environment: ['langfuse.environment'],
    firstTokenAt: ['langfuse.observation.completion_start_time'],
    level: ['langfuse.observation.level'],
    errorMessage: ['langfuse.observation.status_message'],
    inputMessages: ['langfuse.observation.input'],
    outputMessages: ['langfuse.observation.output'],
    toolArguments: ['langfuse.observation.input'],
    toolResult: ['langfuse.observation.output'],
    labels: ['langfuse.trace.tags'],
  },
  kinds: {
    'langfuse.observation.type': {
      generation: 'inference', embedding: 'embedding', tool: 'tool', agent: 'agent', chain: 'chain', retriever: 'retrieval', evaluator: 'chain', guardrail: 'chain', span: 'chain', event: 'other',
    },
  },
  tagPrefixes: ['langfuse.trace.metadata.', 'langfuse.observation.metadata.'],
  usagePrefixes: [],
}
