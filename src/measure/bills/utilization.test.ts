import { afterAll, describe, expect, it } from 'vitest'
import { errorOf, tempFolder } from './testing.ts'
import { readUtilization } from './utilization.ts'

const folder = tempFolder()
afterAll(folder.remove)
let files = 0
const read = (text: string): ReturnType<typeof readUtilization> => readUtilization(folder.write(`u${files++}.csv`, text))

describe('utilization samples', () => {
  it('reads ratios', async () => {
    expect(await read('time,value\n2026-10-01T00:00:00Z,0.25\n2026-10-01T00:01:00Z,0.75\n')).toMatchObject({ mean: 0.5, max: 0.75, samples: 2, gpus: null, scale: '0..1', metric: 'unknown', firstSample: '2026-10-01T00:00:00.000Z', lastSample: '2026-10-01T00:01:00.000Z' })
  })

  it('reads percent', async () => {
    expect(await read('time,value\n2026-10-01,25\n2026-10-02,75\n')).toMatchObject({ mean: 0.5, max: 0.75, scale: '0..100' })
  })

  it('knows by its name that a metric is percent, even where it never exceeds 1', async () => {
    expect(await read('time,DCGM_FI_DEV_GPU_UTIL\n2026-10-01,1\n2026-10-02,0\n')).toMatchObject({ mean: 0.005, scale: '0..100', metric: 'DCGM_FI_DEV_GPU_UTIL' })
  })

  it('weighs every GPU the same', async () => {
    expect(await read('time,gpu,value\n2026-10-01,0,1\n2026-10-02,0,1\n2026-10-03,0,1\n2026-10-01,1,0\n')).toMatchObject({ mean: 0.5, gpus: 2, samples: 4 })
  })

  it.each([
    ['DCGM_FI_DEV_GPU_UTIL', 'at least one kernel ran'],
    ['DCGM_FI_PROF_GR_ENGINE_ACTIVE', 'engine was active'],
    ['DCGM_FI_PROF_SM_ACTIVE', 'multiprocessors'],
    ['some_metric', 'metric not named'],
  ])('says what %s measures', async (metric, meaning) => {
    expect((await read(`time,value,metric\n2026-10-01,0.5,${metric}\n`)).meaning).toContain(meaning)
  })

  it.each([
    ['1790812800', '2026-10-01T00:00:00.000Z'],
    ['1790812800.5', '2026-10-01T00:00:00.500Z'],
    ['1790812800000', '2026-10-01T00:00:00.000Z'],
    ['2026-10-01 00:00:00', '2026-10-01T00:00:00.000Z'],
  ])('reads the time %s', async (time, iso) => {
    expect((await read(`timestamp,value\n${time},0.5\n`)).firstSample).toBe(iso)
  })

  it.each([
    ['', 'the file is empty'],
    ['time,value\n', 'no samples'],
    ['time,load\n2026-10-01,1\n', 'no value column'],
    ['when,value\n2026-10-01,1\n', 'no time column'],
    ['time,value\n2026-10-01,NaN\n', 'is not a utilization'],
    ['time,value\n2026-10-01,\n', 'is not a utilization'],
    ['time,value\n2026-10-01,-1\n', 'is not a utilization'],
    ['time,value\n2026-10-01,101\n', 'is not a utilization'],
    ['time,value\nyesterday,1\n', 'is not a date'],
    ['time,value\n2026-10-01,1,1\n', 'it has 3 fields'],
    ['time,value,metric\n2026-10-01,1,a\n2026-10-01,1,b\n', 'are mixed'],
  ])('refuses %j', async (text, message) => {
    const error = await errorOf(() => read(text))
    expect(error.code).toBe('UTILIZATION_INVALID')
    expect(error.message).toContain(message)
  })
})
