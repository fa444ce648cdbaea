import type { LatencyModel } from '../core/perf/latency-model.ts'

/** How long the work of one replica takes, in seconds. */
export interface EngineTiming {
  /** A step in which `running` requests decode one token each; `input` and `output` are their mean lengths in tokens. */
  readonly decodeSeconds: (running: number, input: number, output: number) => number
  /** Engine time that the prefill of `uncached` prompt tokens takes from everybody. Does not fall in `uncached`. */
  readonly prefillSeconds: (uncached: number) => number
  /** What one of `running` requests waits for its first token beyond that, at nobody's expense (tokenizing, HTTP, launching). */
  readonly overheadSeconds: (uncached: number, running: number) => number
}

/** Fixed figures, under the names of the command's options. */
export interface FixedTiming {
  readonly ttftMs: number
  readonly tpotMs: number
  readonly prefillUsPerToken: number
}

export function fixedTiming({ ttftMs, tpotMs, prefillUsPerToken }: FixedTiming): EngineTiming {
  return {
    decodeSeconds: () => tpotMs / 1000,
    prefillSeconds: (uncached) => (prefillUsPerToken * uncached) / 1e6,
    overheadSeconds: () => ttftMs / 1000,
  }
}

/**
 * The planner's latency model, step by step. Its TPOT contains what the prefills of the others take (`stall`); here they
 * are simulated one by one, so a decode step is the TPOT without them and a prefill takes `stall` a token. Alone, a
 * request gets its first token after exactly `prefillSeconds` of the model; beside others it is later by the model's
 * `running` a request. The model's `queue` term is left out: that queue forms here by itself.
 */
export function measuredTiming(latency: LatencyModel): EngineTiming {
  const { decode, prefill } = latency.terms
  const perToken = decode.stall > 0 ? decode.stall : prefill.token
  const alone = onOctaves((uncached) => latency.prefillSeconds(uncached))
  const step = onOctavePairs((running, input, output) => latency.tpotSeconds(running, input, output, input))
  return {
    decodeSeconds: step,
    prefillSeconds: (uncached) => perToken * uncached,
    overheadSeconds: (uncached, running) => Math.max(0, alone(uncached) - perToken * uncached) + prefill.running * (running - 1),
  }
}

const LONGEST_OCTAVE = 24

/** Linear between powers of two, each asked for once: the model takes up to 0.1 ms a call, a step must not. */
function onOctaves(of: (x: number) => number): (x: number) => number {
  const known: (number | undefined)[] = []
  const at = (octave: number): number => (known[octave] ??= of(2 ** octave))
  return (x) => {
    const octave = octaveOf(x)
    const share = x / 2 ** octave - 1
    return share <= 0 ? at(octave) : at(octave) * (1 - share) + at(octave + 1) * share
  }
}

/** The same in two lengths, for each number of running requests. */
function onOctavePairs(of: (running: number, x: number, y: number) => number): (running: number, x: number, y: number) => number {
  const rows = new Map<number, (y: number) => number>()
  return (running, x, y) => {
    const row = (octave: number): number => {
      const key = running * (LONGEST_OCTAVE + 2) + octave
      const known = rows.get(key) ?? onOctaves((length) => of(running, 2 ** octave, length))
      rows.set(key, known)
      return known(y)
    }
    const octave = octaveOf(x)
    const share = x / 2 ** octave - 1
    return share <= 0 ? row(octave) : row(octave) * (1 - share) + row(octave + 1) * share
  }
}

function octaveOf(x: number): number {
  return x <= 1 ? 0 : Math.min(LONGEST_OCTAVE, Math.floor(Math.log2(x)))
}
