import { describe, expect, it } from 'vitest'
import { checkFile, checkTree, checkWebFile, checkWebTree } from './imports.ts'

describe('the import rule', () => {
  it('holds for the whole tree', () => {
    expect(checkTree(new URL('../src', import.meta.url).pathname)).toEqual([])
  })

  it.each([
    ['a wing that imports another wing', 'decide/plan.ts', "import { x } from '../measure/traffic/read.ts'", 'decide may not import measure'],
    ['core that looks up', 'core/money.ts', "import { x } from '../decide/plan.ts'", 'core may not import decide'],
    ['core that uses Node', 'core/money.ts', "import { readFileSync } from 'node:fs'", 'core runs in a browser too and may not import node:fs'],
    ['a type import counts as well', 'decide/plan.ts', "import type { X } from '../route/gateway.ts'", 'decide may not import route'],
    ['a dynamic import counts as well', 'measure/x.ts', "const y = await import('../app/cli/main.ts')", 'measure may not import app'],
    ['the clock below the edges', 'route/x.ts', 'const t = Date.now()', 'time and chance are passed in below the app; take a Clock or Random'],
    ['chance below the edges', 'core/x.ts', 'const r = Math.random()', 'time and chance are passed in below the app; take a Clock or Random'],
    ['a part nobody knows', 'misc/x.ts', '', 'src/misc is no part of the house; add it to scripts/imports.ts and docs/architecture.md'],
  ])('catches %s', (_, path, text, rule) => {
    expect(checkFile(path, text).map((violation) => violation.rule)).toEqual([rule])
  })

  it.each([
    ['app may use everything', 'app/cli/main.ts', "import { x } from '../../decide/plan.ts'\nconst t = Date.now()"],
    ['a wing may use core', 'decide/plan.ts', "import { x } from '../core/money.ts'"],
    ['a test may read files', 'core/money.test.ts', "import { readFileSync } from 'node:fs'"],
    ['what tests share may look at the clock', 'route/gateway/testing.ts', 'const t = Date.now()'],
    ['a comment is no call', 'core/x.ts', '// never Date.now() here'],
  ])('allows: %s', (_, path, text) => {
    expect(checkFile(path, text)).toEqual([])
  })
})

describe('the import rule of the dashboard', () => {
  it('holds for the whole tree', () => {
    expect(checkWebTree(new URL('../web/src', import.meta.url).pathname)).toEqual([])
  })

  it.each([
    ['the server', 'pages/calls/index.tsx', "import { x } from '../../../../src/app/catalog.ts'", ['the dashboard may import core, decide, measure and the catalog, not src/app/catalog.ts']],
    ['another wing', 'api/x.ts', "import type { X } from '../../../src/route/seams.ts'", ['the dashboard may import core, decide, measure and the catalog, not src/route/seams.ts']],
    ['the planner', 'pages/calculator/x.ts', "import { plan } from '../../../../src/decide/plan.ts'", []],
    ['the catalog', 'pages/calculator/x.ts', "import gpus from '../../../../catalog/gpus.json'", []],
    ['its own files', 'pages/calls/index.tsx', "import { Table } from '../../ui/table.tsx'", []],
  ])('knows: %s', (_, path, text, rules) => {
    expect(checkWebFile(path, text).map(({ rule }) => rule)).toEqual(rules)
  })
})
