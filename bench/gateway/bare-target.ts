import { startScript } from './child.ts'
import { MODEL } from './target.ts'
import type { Target } from './target.ts'

/** `bare.ts` in a process of its own. */
export const bare: Target = {
  name: 'bare proxy',
  about: 'the least that a correct streaming proxy of the same parts does: `node:http` in, `undici.dispatch` out',
  async start(upstreamUrl) {
    const { port, usage, stop } = await startScript('bare.ts', upstreamUrl)
    return { door: { port, model: MODEL, headers: { authorization: 'Bearer sw_demo' } }, usage, stop }
  },
}
