import { ALL_SERVERLESS, allDedicated, PEAK_SHARE, startOption, type Option, type OptionWorld } from './compare/option.ts'
import { isWithinSlo } from './compare/outcome.ts'
import { demoBills, usdPerHour } from './demo-costs.ts'
import type { TrafficCall } from './traffic.ts'

/** The same calls so far, served another way. */
export interface OtherWay {
  readonly replicas: number
  readonly usdPerHour: number
  /** Share of the calls that have ended; null = none has. */
  readonly withinSlo: number | null
}

export interface WhatIf {
  /** The fewest replicas that have kept the SLO for `PEAK_SHARE` of the calls so far, or the most that are tried. */
  readonly allDedicated: OtherWay
  readonly allServerless: OtherWay
}

/** Other ways that run beside the live demo, in virtual time and on its calls: what `spillway demo --compare` plays, as far as it has come. */
export interface WhatIfMeter {
  /** A call was sent; not before the one before it. */
  readonly arrive: (call: TrafficCall) => void
  /** How it stands after so many seconds of the trace. */
  readonly read: (seconds: number) => WhatIf
}

const MOST_DEDICATED = 6
/** After so many calls, a way that has kept the SLO for less than this share is given up: its queue would only grow. */
const GIVE_UP = { calls: 1000, share: 0.5 } as const

export function createWhatIf(world: OptionWorld): WhatIfMeter {
  let dedicated = Array.from({ length: MOST_DEDICATED }, (_, index) => startWay(allDedicated(index + 1), world))
  const serverless = startWay(ALL_SERVERLESS, world)
  return {
    arrive(call) {
      for (const way of [...dedicated, serverless]) way.arrive(call)
      // The largest stays, whatever comes of it.
      if (dedicated.some((way) => way.isHopeless())) dedicated = dedicated.filter((way, index) => index === dedicated.length - 1 || !way.isHopeless())
    },
    read(seconds) {
      const read = dedicated.map((way) => way.read(seconds))
      return { allDedicated: read.find(({ withinSlo }) => (withinSlo ?? 1) >= PEAK_SHARE) ?? read.at(-1)!, allServerless: serverless.read(seconds) }
    },
  }
}

interface Way {
  readonly arrive: WhatIfMeter['arrive']
  readonly read: (seconds: number) => OtherWay
  readonly isHopeless: () => boolean
}

function startWay(option: Option, world: OptionWorld): Way {
  let ended = 0
  let within = 0
  const { gateway, pools } = startOption(option, world, (call) => {
    ended++
    if (isWithinSlo(call)) within++
  })
  return {
    arrive: (call) => void gateway.arrive(call),
    isHopeless: () => ended >= GIVE_UP.calls && within < ended * GIVE_UP.share,
    read(seconds) {
      gateway.runUntil(seconds)
      const { dedicated, serverless } = demoBills(pools, (pool) => gateway.lives(pool))
      return { replicas: option.dedicated, usdPerHour: usdPerHour(dedicated, gateway.now) + usdPerHour(serverless, gateway.now), withinSlo: ended === 0 ? null : within / ended }
    },
  }
}
