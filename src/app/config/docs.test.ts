import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { PRESETS } from '../../route/protocols/presets.ts'
import { CONFIG_FILE } from './schema.ts'
import { check, minimal } from './testing.ts'

const TEXT = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')
/** Rows of the tables: setting and default. */
const ROWS = [...TEXT.matchAll(/^\| `([a-zA-Z.[\]]+)` \| (?:`([^`]*)`)? ?\|/gmu)].map((match) => ({ setting: match[1]!, value: match[2] }))

interface Node {
  readonly properties?: Readonly<Record<string, Node>>
  readonly items?: Node
}

/** Settings by their names, down to where the page describes their fields in a line (endpoints, auth, probes, prices). */
function settings(node: Node, path: string): string[] {
  const inner = node.items?.properties === undefined || path === 'server.keys' ? node.properties : node.items.properties
  if (inner === undefined || ['pools[].paths', 'prewarm[].control'].includes(path)) return [path]
  const prefix = path === '' ? '' : node.items === undefined ? `${path}.` : `${path}[].`
  return Object.entries(inner).flatMap(([name, field]) => settings(field, `${prefix}${name}`))
}

describe('docs/configuration.md', () => {
  it('has every setting once, and none that there is not', () => {
    const listed = ROWS.map(({ setting }) => setting)
    expect(listed.toSorted()).toEqual(settings(CONFIG_FILE as unknown as Node, '').toSorted())
  })

  it('its defaults are those of the program: written out, they change nothing', async () => {
    const file: Record<string, unknown> = {}
    for (const { setting, value } of ROWS) {
      if (value === undefined || setting.includes('[]')) continue
      const steps = setting.split('.')
      let at = file
      for (const step of steps.slice(0, -1)) at = (at[step] ??= {}) as Record<string, unknown>
      at[steps.at(-1)!] = parse(value)
    }
    const pool = ROWS.filter(({ setting, value }) => setting.startsWith('pools[].') && value !== undefined).map(({ setting, value }) => `    ${setting.slice('pools[].'.length)}: ${value}\n`)
    const written = await check(minimal(pool.join(''), `${Object.entries(file).map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join('\n')}\n`))
    const { config } = await check(minimal())
    expect(written.problems).toEqual([])
    const plain = { ...config, version: '', server: { ...config!.server, dataDir: '' } }
    expect({ ...written.config, version: '', server: { ...written.config!.server, dataDir: '' } }).toEqual(plain)
  })

  it('the defaults of prewarm rules, too', async () => {
    const rule = Object.fromEntries(ROWS.filter(({ setting, value }) => setting.startsWith('prewarm[].') && value !== undefined).map(({ setting, value }) => [setting.slice('prewarm[].'.length), parse(value!) as unknown]))
    const serverless = minimal().replaceAll('floor', 'spill').replace('runpod-community', 'runpod-serverless')
    const [short, long] = await Promise.all([{}, rule].map(async (more) => (await check(`${serverless}prewarm: [${JSON.stringify({ pool: 'spill', cron: 'learned', ...more })}]\n`)).config?.prewarm))
    expect(long).toEqual(short)
    expect(long).toHaveLength(1)
  })

  it('names every preset', () => {
    for (const preset of Object.keys(PRESETS)) expect(TEXT).toContain(`\`${preset}\``)
  })

  it('its example files are right', async () => {
    const [example] = [...TEXT.matchAll(/```yaml\n([\s\S]*?)```/gu)].map((match) => match[1]!)
    expect((await check(example!)).problems).toEqual([])
  })
})
