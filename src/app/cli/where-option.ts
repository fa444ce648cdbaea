import { InvalidArgumentError, type Command } from 'commander'
import type { Parameters } from './ask-telemetry.ts'

export interface WhereOption {
  readonly where?: Readonly<Record<string, readonly string[]>>
}

/** `--where user=ann --where tag:team=core`: filters of the API. */
export function whereOption(command: Command): Command {
  return command.option('--where <name=value>', 'only these: user, feature, session, prompt, model, key, pool, outcome ... or tag:NAME; NAME= is what was not said; may be repeated', parse)
}

export function whereParameters({ where = {} }: WhereOption): Parameters {
  return where
}

function parse(text: string, before: Readonly<Record<string, readonly string[]>> | undefined): Readonly<Record<string, readonly string[]>> {
  const equal = text.indexOf('=')
  if (equal < 1) throw new InvalidArgumentError('a name and a value are needed, such as user=ann.')
  const [name, value] = [text.slice(0, equal), text.slice(equal + 1)]
  const parameter = name.startsWith('tag:') ? `tag[${name.slice('tag:'.length)}]` : name
  return { ...before, [parameter]: [...(before?.[parameter] ?? []), value] }
}
