// Writes catalog/schema.json, which editors use to check catalog files, from the schema that Spillway itself checks by.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CATALOG_FILE } from '../src/core/catalog/schema.ts'

export const SCHEMA_FILE = fileURLToPath(new URL('../catalog/schema.json', import.meta.url))

export function schemaText(): string {
  return `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...CATALOG_FILE }, null, 2)}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(SCHEMA_FILE, schemaText())
