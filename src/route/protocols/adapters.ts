import type { Clock } from '../../core/clock.ts'
import type { Random } from '../../core/random.ts'
import type { UpstreamProtocol } from '../config-types.ts'
import type { UpstreamAdapter } from '../seams.ts'
import { createAnthropicAdapter } from './anthropic/adapter.ts'
import { servingMessages } from './anthropic/over-chat.ts'
import { createAuthorizer, type Authorize } from './auth/authorize.ts'
import { authorized } from './auth/authorized.ts'
import { openaiAdapter } from './openai/adapter.ts'
import { answeringErrors, wait, type PollingTools } from './polling.ts'
import { createReplicateAdapter } from './replicate/adapter.ts'
import { createRunpodAdapter } from './runpod/adapter.ts'
import { onPoolPaths } from './upstream-path.ts'

export interface AdapterTools {
  readonly clock: Clock
  readonly random: Random
  /** Default: the vendors' own ways to find credentials. */
  readonly authorize?: Authorize
  readonly wait?: PollingTools['wait']
}

/**
 * The adapter of each upstream protocol, complete: requests carry the pool's credentials, go to the pool's own paths, and
 * calls of every client protocol are served or refused with CallError `not_translatable`. One set is enough for a process.
 */
export function createAdapters(tools: AdapterTools): Readonly<Record<UpstreamProtocol, UpstreamAdapter>> {
  const { clock, authorize = createAuthorizer() } = tools
  const polling: PollingTools = { wait, ...tools }
  const complete = (adapter: UpstreamAdapter): UpstreamAdapter => answeringErrors(authorized(adapter, authorize, clock))
  return {
    openai: complete(servingMessages(onPoolPaths(openaiAdapter))),
    anthropic: complete(createAnthropicAdapter({ clock })),
    runpod: complete(servingMessages(createRunpodAdapter(polling))),
    replicate: complete(servingMessages(createReplicateAdapter(polling))),
  }
}
