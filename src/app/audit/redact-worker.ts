import { pathToFileURL } from 'node:url'
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { redaction, type RedactionRule } from '../../prove/bodies/redact.ts'

export interface RedactSettings {
  readonly rules: readonly RedactionRule[]
  readonly patterns: Readonly<Record<string, string>>
  /** Absolute path of a module; null = none. */
  readonly hook: string | null
}

/** The parts of one call. */
export interface ToRedactor {
  readonly request: string
  readonly response: string
}

export type FromRedactor =
  | { readonly type: 'ready' }
  /** `kept` null = the hook wants nothing of this call to be kept. */
  | { readonly type: 'redacted'; readonly kept: ToRedactor | null; readonly removed: number }
  | { readonly type: 'failed'; readonly message: string }

type Part = 'request' | 'response'
type Hook = (text: string, about: { readonly part: Part }) => unknown

/** The thread that redacts with what an operator has written: it may hang or break without anybody waiting for it. */
async function main(port: MessagePort, { rules, patterns, hook: file }: RedactSettings): Promise<void> {
  const tell = (message: FromRedactor): void => port.postMessage(message)
  try {
    const redact = redaction(rules, patterns)
    const hook = file === null ? null : await loadHook(file)
    port.on('message', (parts: ToRedactor) => {
      void (async () => {
        try {
          const [request, response] = [redact(parts.request), redact(parts.response)]
          const asked = await applied(hook, request.text, 'request')
          const answered = asked === null ? null : await applied(hook, response.text, 'response')
          const removed = request.removed + response.removed + (asked?.removed ?? 0) + (answered?.removed ?? 0)
          tell({ type: 'redacted', kept: asked === null || answered === null ? null : { request: asked.text, response: answered.text }, removed })
        } catch (error) {
          tell({ type: 'failed', message: (error as Error).message })
        }
      })()
    })
    tell({ type: 'ready' })
  } catch (error) {
    tell({ type: 'failed', message: (error as Error).message })
    port.close()
  }
}

async function loadHook(file: string): Promise<Hook> {
  const { redact } = (await import(pathToFileURL(file).href)) as { readonly redact?: unknown }
  if (typeof redact !== 'function') throw new TypeError('it exports no function named "redact"')
  return redact as Hook
}

/** The hook gives the text that is to be kept, or {text, removed}, or null for nothing at all. */
async function applied(hook: Hook | null, text: string, part: Part): Promise<{ readonly text: string; readonly removed: number } | null> {
  if (hook === null) return { text, removed: 0 }
  const given = await hook(text, { part })
  if (given === null) return null
  if (typeof given === 'string') return { text: given, removed: Number(given !== text) }
  const { text: kept, removed } = given as { readonly text?: unknown; readonly removed?: unknown }
  if (typeof kept === 'string' && Number.isSafeInteger(removed) && Number(removed) >= 0) return { text: kept, removed: Number(removed) }
  throw new TypeError('it gave neither a text, nor {text, removed}, nor null')
}

if (parentPort !== null) void main(parentPort, workerData as RedactSettings)
