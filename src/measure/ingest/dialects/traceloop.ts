import type { Dialect } from './dialect.ts'

/** Traceloop (OpenLLMetry): GenAI names for the call, `traceloop.*` for what is around it. */
export const TRACELOOP: Dialect = {
  name: 'traceloop',
  fields: {
    total: ['llm.usage.total_tokens'],
    streamed: ['llm.is_streaming'],
    user: ['traceloop.association.properties.user_id', 'traceloop.association.properties.userId'],
    session: ['traceloop.association.properties.session_id', 'traceloop.association.properties.sessionId'],
    feature: ['traceloop.workflow.name'],
    prompt: ['traceloop.prompt.key'],
    promptVersion: ['traceloop.prompt.version'],
    toolName: ['traceloop.entity.name'],
    toolArguments: ['traceloop.entity.input'],
    toolResult: ['traceloop.entity.output'],
  },
  kinds: {
    'traceloop.span.kind': { workflow: 'chain', task: 'chain', agent: 'agent', tool: 'tool' },
    'llm.request.type': { chat: 'inference', completion: 'inference', embedding: 'embedding', rerank: 'other' },
  },
  tagPrefixes: ['traceloop.association.properties.'],
  usagePrefixes: ['llm.usage.'],
}
