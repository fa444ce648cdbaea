import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { describeTelemetryStore } from '../telemetry.contract.ts'
import { openDuckdbTelemetry } from './open-duckdb.ts'

const root = mkdtempSync(join(tmpdir(), 'spillway-telemetry-'))
let stores = 0
afterAll(() => rmSync(root, { recursive: true }))

describeTelemetryStore('DuckDB', () => openDuckdbTelemetry({ folder: join(root, String(stores++)) }))
