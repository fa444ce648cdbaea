// Writes docs/spillway.schema.json, which editors use to check spillway.yaml, from the schema that Spillway itself checks by.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CONFIG_FILE } from '../src/app/config/schema.ts'

export const CONFIG_SCHEMA_FILE = fileURLToPath(new URL('../docs/spillway.schema.json', import.meta.url))

export function configSchemaText(): string {
  return `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...CONFIG_FILE }, null, 2)}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(CONFIG_SCHEMA_FILE, configSchemaText())
