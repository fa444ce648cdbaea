import { afterAll, describe } from 'vitest'
import { describeExports } from '../telemetry-exports.contract.ts'
import { describeTelemetryStore } from '../telemetry.contract.ts'
import { openClickhouse } from './open-clickhouse.ts'
import { startTestServer, titleOf, type TestServer } from './testing-server.ts'

const found = await startTestServer()
const server = found as TestServer

describe.runIf(typeof found !== 'string')(`${titleOf(found)}`, () => {
  afterAll(() => server.stop())

  describeExports('ClickHouse', async () => openClickhouse({ ...(await server.emptyDatabase()), journal: 'one' }))
  describeTelemetryStore('ClickHouse', async () => openClickhouse({ ...(await server.emptyDatabase()), journal: 'one' }), { runs: 10 })
})
