import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { SCHEMA_FILE, schemaText } from './catalog-schema.ts'

describe('catalog/schema.json', () => {
  it('is what the program checks by; write it anew with: node scripts/catalog-schema.ts', () => {
    expect(readFileSync(SCHEMA_FILE, 'utf8')).toBe(schemaText())
  })

  it('is named by every shipped file', () => {
    for (const name of ['gpus', 'models', 'offers', 'token-prices']) {
      expect(JSON.parse(readFileSync(new URL(`../catalog/${name}.json`, import.meta.url), 'utf8'))).toHaveProperty('$schema', './schema.json')
    }
  })
})
