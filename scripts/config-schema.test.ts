import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CONFIG_SCHEMA_FILE, configSchemaText } from './config-schema.ts'

describe('docs/spillway.schema.json', () => {
  it('is what the program checks by; write it anew with: node scripts/config-schema.ts', () => {
    expect(readFileSync(CONFIG_SCHEMA_FILE, 'utf8')).toBe(configSchemaText())
  })
})
