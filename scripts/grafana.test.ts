import { readFileSync } from 'node:fs'
import { parser } from '@prometheus-io/lezer-promql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { DEMO_KEY, MESSAGES, MODEL, startTestServer, type TestServer } from '../src/app/server/testing.ts'
import { DASHBOARD_FILE, grafanaDashboard, prometheusRules, RULES_FILE } from './grafana.ts'

interface Dashboard {
  readonly panels: readonly { readonly id: number; readonly title: string; readonly type: string; readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number }; readonly targets?: readonly { readonly expr: string; readonly refId: string; readonly legendFormat: string }[] }[]
}
interface Rules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly { readonly alert: string; readonly expr: string; readonly for: string; readonly labels: { readonly severity: string }; readonly annotations: { readonly summary: string; readonly runbook: string } }[] }[]
}

const dashboard = JSON.parse(readFileSync(DASHBOARD_FILE, 'utf8')) as Dashboard
const rules = (parse(readFileSync(RULES_FILE, 'utf8')) as Rules).groups.flatMap((group) => group.rules)
const panels = dashboard.panels.flatMap((panel) => (panel.targets ?? []).map(({ expr }) => [panel.title, expr] as const))
const queries = [...panels, ...rules.map(({ alert, expr }) => [alert, expr] as const)]
/** As Grafana fills them in. */
const filled = (expr: string): string => expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*')

/** Selectors of an expression: the metric, and the labels that it is picked or grouped by. */
function selectors(expr: string): { readonly metric: string; readonly labels: readonly string[] }[] {
  const grouped = [...expr.matchAll(/by \(([^)]*)\)/gu)].flatMap(([, list]) => list!.split(',').map((label) => label.trim()))
  return [...expr.matchAll(/\b((?:spillway|gen_ai)_[a-z_]+)(?:\{([^}]*)\})?/gu)].flatMap(([whole, metric, inside = '']) => (grouped.includes(whole!) ? [] : [{ metric: metric!, labels: [...[...inside.matchAll(/(\w+)\s*[=!]/gu)].map(([, label]) => label!), ...grouped] }]))
}

describe('what is deployed beside Spillway', () => {
  let server: TestServer
  let scraped: ReadonlyMap<string, ReadonlySet<string>>
  beforeAll(async () => {
    server = await startTestServer()
    for (let index = 0; index < 3; index++) {
      const response = await fetch(`${server.baseURL}/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${DEMO_KEY}`, 'content-type': 'application/json' }, body: JSON.stringify({ model: MODEL, messages: MESSAGES, max_tokens: 4, stream: true }) })
      await response.text()
    }
    const text = await (await fetch(`${server.base}/metrics`)).text()
    const found = new Map<string, Set<string>>()
    for (const [, name] of text.matchAll(/^# TYPE (\S+)/gmu)) found.set(name!, new Set())
    for (const [, name, labels = ''] of text.matchAll(/^([a-z_]+)(?:\{([^}]*)\})? /gmu)) {
      const own = found.get(name!) ?? new Set()
      for (const [, label] of labels.matchAll(/(\w+)="/gu)) own.add(label!)
      found.set(name!, own)
    }
    scraped = found
  })
  afterAll(() => server.close())

  it('is what the script writes', () => {
    expect(dashboard).toEqual(grafanaDashboard())
    expect(readFileSync(RULES_FILE, 'utf8')).toBe(prometheusRules())
  })

  it.each(queries)('%s: PromQL that parses', (_, expr) => {
    const wrong: string[] = []
    parser.parse(filled(expr)).iterate({
      enter: ({ type, from, to }) => {
        if (type.isError) wrong.push(filled(expr).slice(Math.max(0, from - 10), to + 10))
      },
    })
    expect(wrong).toEqual([])
  })

  it.each(queries)('%s: asks for what there is', (_, expr) => {
    // Set by Prometheus, or there only where an audit log or a witness is.
    const elsewhere = new Set(['instance', 'le'])
    const missing = selectors(expr).flatMap(({ metric, labels }) => {
      const own = scraped.get(metric)
      if (own === undefined) return [metric]
      return own.size === 0 ? [] : labels.flatMap((label) => (own.has(label) || elsewhere.has(label) ? [] : [`${metric}{${label}}`]))
    })
    expect(missing).toEqual([])
  })

  it('has panels that lie on the grid and on no other', () => {
    const taken = new Set<string>()
    for (const { gridPos: { h, w, x, y } } of dashboard.panels) {
      expect(x + w).toBeLessThanOrEqual(24)
      for (let row = y; row < y + h; row++) {
        for (let column = x; column < x + w; column++) {
          expect(taken.has(`${row} ${column}`)).toBe(false)
          taken.add(`${row} ${column}`)
        }
      }
    }
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
  })

  it('has rules that say how bad, how long, what and where to read', () => {
    for (const { alert, for: lasting, labels, annotations } of rules) {
      expect(alert).toMatch(/^Spillway[A-Z]\w+$/u)
      expect(lasting).toMatch(/^\d+[mh]$/u)
      expect(['warning', 'critical']).toContain(labels.severity)
      expect(annotations.summary.length).toBeGreaterThan(10)
      expect(readFileSync(new URL(`../${annotations.runbook}`, import.meta.url), 'utf8').length).toBeGreaterThan(100)
    }
  })
})
