import { pino, type DestinationStream, type Logger } from 'pino'
import type { AlertChannel, GatewayConfig, UpstreamAuth } from '../../route/config-types.ts'
import { redactText, redactValue } from './redact.ts'

export interface LoggerOptions {
  readonly level?: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
  /** Default: standard output. */
  readonly destination?: DestinationStream
  /** Values that must never be printed, asked for at each line, so that a reload takes effect. `configSecrets` has them. */
  readonly secrets?: () => readonly string[]
}

/**
 * The program's log: a JSON line each, from which secrets and the bodies of calls are kept at three places: fields by their name,
 * texts by the look of a credential, and the finished line by the known values themselves.
 */
export function createLogger({ level = 'info', destination, secrets = () => [] }: LoggerOptions = {}): Logger {
  const clean = (value: unknown): unknown => redactValue(value, secrets())
  const options = {
    level,
    base: null,
    formatters: { level: (label: string) => ({ level: label }) },
    hooks: {
      // Fields, the text, and what is formatted into it, before they become a string.
      logMethod(this: Logger, args: unknown[], method: (...args: never[]) => void): void {
        const [first, ...rest] = args
        const fields = first instanceof Error ? [{ err: first }, ...(rest.length === 0 ? [first.message] : rest)] : args
        Reflect.apply(method, this, fields.map(clean))
      },
      streamWrite: (line: string): string => redactText(line, withEscapes(secrets())),
    },
    // pino's own would look into what is clean already.
    serializers: { err: (error: unknown) => error },
    timestamp: pino.stdTimeFunctions.isoTime,
  }
  const logger = destination === undefined ? pino(options) : pino(options, destination)
  const child = logger.child
  // pino formats the fields of a child itself; children inherit this.
  logger.child = function cleanChild(this: Logger, fields: object, childOptions?: object) {
    return Reflect.apply(child, this, [clean(fields), childOptions])
  } as typeof logger.child
  return logger
}

/** Every secret of a configuration. */
export function configSecrets({ server, pools, prewarm, alerts, telemetry, dashboard }: GatewayConfig): string[] {
  const others = [telemetry.clickhouse?.password, dashboard.oidc?.clientSecret].filter((secret) => typeof secret === 'string' && secret !== '') as string[]
  return [...new Set([...others, ...alerts.to.flatMap(ofChannel), ...server.staticKeys.map(({ secret }) => secret), ...pools.flatMap(({ auth }) => ofAuth(auth)), ...prewarm.flatMap(({ control }) => ofAuth(control?.auth))])]
}

function ofChannel(channel: AlertChannel): string[] {
  return (channel.type === 'email' ? [channel.password] : [channel.url, channel.secret]).filter((secret) => secret !== null)
}

function ofAuth(auth: UpstreamAuth | undefined): string[] {
  return auth !== undefined && 'secret' in auth ? [auth.secret] : []
}

/** In a line of JSON a secret with quotes or backslashes in it looks different. */
function withEscapes(secrets: readonly string[]): string[] {
  return secrets.flatMap((secret) => {
    const escaped = JSON.stringify(secret).slice(1, -1)
    return escaped === secret ? [secret] : [secret, escaped]
  })
}
