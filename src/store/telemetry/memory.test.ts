import { describeTelemetryStore } from '../telemetry.contract.ts'
import { memoryTelemetry } from './memory.ts'

describeTelemetryStore('memory', () => Promise.resolve(memoryTelemetry()), { runs: 5 })
