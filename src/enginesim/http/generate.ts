import type { ServerResponse } from 'node:http'
import type { Fault } from '../faults.ts'
import type { Fleet, Job } from '../fleet.ts'
import { LineFull } from '../fleet.ts'
import type { RealTime } from '../real-time.ts'
import type { Sequence } from '../sequence.ts'
import { ApiError } from './api-error.ts'
import type { GenerationCall } from './generation-call.ts'
import type { Shape, Usage } from './shape.ts'

const EVENT_STREAM = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' }

/** Runs a call in the fleet and writes what comes of it. The client's going frees its slot at once. */
export function generate(fleet: Fleet, time: RealTime, response: ServerResponse, call: GenerationCall, shape: Shape, fault: Fault | null, streamInterval: number): void {
  const generation = new Generation(fleet, response, call, shape, fault, streamInterval)
  time.enter(() => generation.start())
  response.on('close', () => {
    if (!generation.over) time.enter(() => generation.abort())
  })
}

class Generation {
  readonly #fleet: Fleet
  readonly #response: ServerResponse
  readonly #call: GenerationCall
  readonly #shape: Shape
  readonly #fault: Fault | null
  readonly #streamInterval: number
  /** Token after which the fault strikes; infinity = it does not. */
  readonly #strikesAt: number
  /** Nothing more will be written. */
  over = false
  #job: Job | null = null
  /** Seconds by which slow tokens are behind the engine. */
  #lag = 0
  #bytes = 0
  /** Tokens that have been written. */
  #written = 0

  constructor(fleet: Fleet, response: ServerResponse, call: GenerationCall, shape: Shape, fault: Fault | null, streamInterval: number) {
    this.#fleet = fleet
    this.#response = response
    this.#call = call
    this.#shape = shape
    this.#fault = fault
    this.#streamInterval = streamInterval
    this.#strikesAt = fault === null || fault.kind === 'slow' ? Number.POSITIVE_INFINITY : Math.min(fault.afterTokens, call.answer.count)
  }

  /** Throws ApiError where nothing is free and no more may wait. */
  start(): void {
    const { prompt, answer, stream } = this.#call
    const followed = stream || this.#fault !== null
    try {
      this.#job = this.#fleet.submit({
        prompt,
        outputTokens: answer.count,
        tokenAt: answer.token,
        // As behind uvicorn: the head goes out when the engine has the request, before the first token.
        ...(stream ? { onStart: () => this.#head() } : {}),
        ...(followed ? { onToken: (index) => this.#later(() => this.#token(index)) } : {}),
        onEnd: (reason, sequence) => {
          if (reason === 'done') this.#atLag(() => this.#finish(sequence))
        },
      })
    } catch (error) {
      if (!(error instanceof LineFull)) throw error
      throw new ApiError(429, 'RateLimitError', 'Too many requests wait for a replica.', { 'retry-after': '1' })
    }
  }

  abort(): void {
    if (this.over || this.#job === null) return
    this.over = true
    this.#fleet.counters.finished.abort++
    this.#fleet.abort(this.#job)
    this.#account()
  }

  #head(): void {
    this.#response.writeHead(200, EVENT_STREAM)
    this.#response.flushHeaders()
  }

  #token(index: number): void {
    if (index >= this.#strikesAt) this.#strike()
    // The first at once, as vLLM does, then so many at a time.
    else if (this.#call.stream && (index === 0 || index + 1 - this.#written >= this.#streamInterval)) this.#tokensUpTo(index + 1)
  }

  #tokensUpTo(count: number): void {
    const open = this.#written === 0 && count > 0 ? this.#shape.open() : ''
    this.#write(open + this.#shape.tokens(this.#written, count))
    this.#written = count
  }

  #finish({ request, cached }: Sequence): void {
    if (this.over) return
    if (this.#strikesAt < Number.POSITIVE_INFINITY) {
      this.#strike()
      return
    }
    const { answer, stream } = this.#call
    const usage: Usage = { prompt: request.prompt.length, cached, output: answer.count }
    this.over = true
    this.#fleet.counters.finished[answer.finish === 'length' ? 'length' : 'stop']++
    if (stream) {
      if (this.#written < answer.count) this.#tokensUpTo(answer.count)
      this.#write(this.#shape.close(usage))
      this.#response.end()
    } else {
      const body = this.#shape.whole(usage)
      this.#bytes += Buffer.byteLength(body)
      this.#response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body)
    }
    this.#account()
  }

  /** Fails in mid-stream, or within the body of an answer that is not streamed. */
  #strike(): void {
    if (!this.#call.stream) {
      const body = this.#shape.whole({ prompt: this.#call.prompt.length, cached: 0, output: this.#call.answer.count })
      this.#response.writeHead(200, { 'content-type': 'application/json', ...(this.#fault!.kind === 'truncate' ? {} : { 'content-length': Buffer.byteLength(body) }) })
      this.#write(body.slice(0, body.length >> 1))
    } else if (this.#fault!.kind === 'half-chunk') {
      const event = this.#shape.tokens(0, 1)
      this.#write(event.slice(0, event.length >> 1))
    }
    this.abort()
    const { socket } = this.#response
    // Later, so that what was written before is on its way.
    setImmediate(() => {
      if (this.#fault!.kind === 'truncate') this.#response.end()
      else if (this.#fault!.kind === 'half-chunk') socket?.end(() => socket.destroy())
      else socket?.resetAndDestroy()
    })
  }

  #write(text: string): void {
    if (text === '') return
    this.#bytes += text.length
    this.#response.write(text)
  }

  /** Each token of a slow answer comes later than the one before it did. */
  #later(run: () => void): void {
    if (this.#fault?.kind === 'slow') this.#lag += this.#fault.delayMs / 1000
    this.#atLag(run)
  }

  #atLag(run: () => void): void {
    if (this.#lag === 0) {
      if (!this.over) run()
      return
    }
    const { timeline } = this.#fleet
    timeline.at(timeline.now + this.#lag, () => {
      if (!this.over) run()
    })
  }

  /** What was sent counts as the replica's egress. */
  #account(): void {
    if (this.#job?.replica) this.#job.replica.bytesSent += this.#bytes
  }
}
