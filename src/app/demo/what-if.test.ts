import { describe, expect, it } from 'vitest'
import { demoWorld, playOption } from './compare/compare.ts'
import { ALL_SERVERLESS, allDedicated } from './compare/option.ts'
import { demoTraffic } from './traffic.ts'
import { createWhatIf } from './what-if.ts'

/** Into the peak, and on until every answer has ended. */
const [SECONDS, AFTER] = [1200, 1800]

describe('what another way would cost', () => {
  it('is what the comparison plays, as far as the trace has come', async () => {
    const world = await demoWorld(1)
    const traffic = demoTraffic(SECONDS, 1)
    const whatIf = createWhatIf(world)
    for (const call of traffic) {
      whatIf.arrive(call)
      // Reading on the way changes nothing.
      if (call.at > 300 && call.at < 302) whatIf.read(call.at)
    }
    const { allDedicated: rented, allServerless } = whatIf.read(AFTER)
    const bare = (option: Parameters<typeof playOption>[0]): ReturnType<typeof playOption> => playOption(option, world, traffic, AFTER)
    const [same, fewer, serverless] = [bare(allDedicated(rented.replicas)), bare(allDedicated(rented.replicas - 1)), bare(ALL_SERVERLESS)]
    expect(rented).toEqual({ replicas: rented.replicas, usdPerHour: same.bill.perHour, withinSlo: same.withinSlo })
    expect([rented.replicas > 2, same.withinSlo! >= 0.99, fewer.withinSlo! < 0.99]).toEqual([true, true, true])
    expect(allServerless).toEqual({ replicas: 0, usdPerHour: serverless.bill.perHour, withinSlo: serverless.withinSlo })
  })

  it('has nothing to say about the SLO before a call has ended', async () => {
    const { allDedicated: rented, allServerless } = createWhatIf(await demoWorld(1)).read(10)
    expect(rented).toMatchObject({ replicas: 1, withinSlo: null, usdPerHour: expect.closeTo(0.99, 6) })
    expect(allServerless).toEqual({ replicas: 0, usdPerHour: 0, withinSlo: null })
  })
})
