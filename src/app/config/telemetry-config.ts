import type { TelemetryConfig } from '../../route/config-types.ts'
import * as defaults from './defaults.ts'
import type { Problems } from './problems.ts'
import type { ConfigFile } from './schema.ts'
import { byteCount, milliseconds } from './units.ts'
import { upstreamUrl } from './upstream-url.ts'

type TelemetryFile = NonNullable<ConfigFile['telemetry']>

/** Where calls are kept that can be asked about, with defaults and secrets. */
export function telemetryConfig(file: TelemetryFile, secrets: ReadonlyMap<string, string>, problems: Problems): TelemetryConfig {
  const base = defaults.TELEMETRY
  return {
    mode: file.mode ?? base.mode,
    keepMs: file.keep === undefined ? base.keepMs : milliseconds(file.keep),
    memoryMb: file.memory === undefined ? base.memoryMb : Math.floor(byteCount(file.memory) / 2 ** 20),
    clickhouse: clickhouseOf(file, secrets, problems),
  }
}

function clickhouseOf(file: TelemetryFile, secrets: ReadonlyMap<string, string>, problems: Problems): TelemetryConfig['clickhouse'] {
  if (file.store !== 'clickhouse') {
    for (const name of ['url', 'database', 'user', 'password'] as const) if (file[name] !== undefined) problems.add(['telemetry', name], 'is of no use to DuckDB', 'Set store to clickhouse, or leave it out')
    return null
  }
  if (file.memory !== undefined) problems.add(['telemetry', 'memory'], 'is of no use to ClickHouse', 'Leave it out: the server has limits of its own')
  if (file.url === undefined) problems.add(['telemetry', 'store'], 'is clickhouse, and url is missing', 'Give the HTTP address of the server as url, such as http://10.0.0.9:8123')
  return {
    url: file.url === undefined ? '' : upstreamUrl(file.url, ['telemetry', 'url'], problems, false),
    database: file.database ?? defaults.CLICKHOUSE.database,
    user: file.user ?? defaults.CLICKHOUSE.user,
    password: file.password === undefined ? '' : (secrets.get(file.password) ?? ''),
  }
}
