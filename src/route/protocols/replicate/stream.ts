import type { EndpointConfig } from '../../config-types.ts'
import type { UpstreamRequest } from '../../seams.ts'
import { parseObject } from '../json.ts'
import { SseSplitter } from '../sse.ts'

/** `output` is a piece of the answer, `done` its good end, `failed` any other. */
export interface PredictionEvent {
  readonly type: 'output' | 'done' | 'failed'
  readonly text: string
}

/** Reads a prediction's stream (replicate.com/docs/topics/predictions/streaming). Ends after `done` or `failed`, or where the bytes end. */
export async function* predictionEvents(body: AsyncIterable<Buffer>): AsyncGenerator<PredictionEvent, void> {
  const events: PredictionEvent[] = []
  const splitter = new SseSplitter(({ type, data }) => {
    const text = data?.toString('utf8') ?? ''
    if (type === 'output' && data !== null) events.push({ type: 'output', text })
    else if (type === 'error') events.push({ type: 'failed', text })
    // A prediction that was canceled or failed is done too, with a reason.
    else if (type === 'done') events.push({ type: parseObject(text)?.['reason'] === undefined ? 'done' : 'failed', text })
  })
  for await (const chunk of body) {
    splitter.push(chunk)
    while (events.length > 0) {
      const event = events.shift()!
      yield event
      if (event.type !== 'output') return
    }
  }
}

/**
 * Where the stream is, if we may go there: at the endpoint itself or at a host of replicate.com over TLS. An upstream
 * cannot send us, and the token, elsewhere. Null = nowhere, so that the prediction is polled.
 */
export function streamLocation(url: string | null, endpoint: EndpointConfig): Pick<UpstreamRequest, 'path' | 'origin'> | null {
  if (url === null || !URL.canParse(url)) return null
  const { origin, protocol, hostname, pathname, search, port, username, password } = new URL(url)
  if (username !== '' || password !== '') return null
  const path = pathname + search
  if (origin === new URL(endpoint.url).origin) return { path }
  return protocol === 'https:' && port === '' && hostname.endsWith('.replicate.com') ? { path, origin } : null
}
