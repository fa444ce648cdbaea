// Bundles the command line into dist/: one file starts several times faster than a tree of modules; and the dashboard into dist/web/.
import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'
import { build as buildWeb } from 'vite'
import { buildDocs } from './docs-site.mjs'
import { packWeb } from './pack-web.mjs'

await build({
  absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
  entryPoints: { spillway: 'src/app/cli/main.ts', 'journal-worker': 'src/store/journal-file/worker.ts', 'telemetry-worker': 'src/measure/load/worker.ts', 'audit-worker': 'src/app/audit/audit-worker.ts', 'redact-worker': 'src/app/audit/redact-worker.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node24',
  packages: 'external',
  sourcemap: 'linked',
  logLevel: 'warning',
})

await buildWeb({ configFile: fileURLToPath(new URL('../web/vite.config.ts', import.meta.url)), logLevel: 'warn' })
await buildDocs(fileURLToPath(new URL('../docs', import.meta.url)), fileURLToPath(new URL('../dist/web/docs', import.meta.url)))
await packWeb(fileURLToPath(new URL('../dist/web', import.meta.url)))
