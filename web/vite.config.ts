import react from '@vitejs/plugin-react'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

/** Where `npm run dev:web` finds a running server. */
const SERVER = process.env.SPILLWAY_URL ?? 'http://127.0.0.1:8787'

/** What the dashboard shares with the server has to run in a browser: a Node API in it ends the build, not the page. */
const noNode: Plugin = {
  name: 'no-node',
  enforce: 'pre',
  resolveId(id, importer) {
    if (id.startsWith('node:')) throw new Error(`${importer ?? 'index.html'} imports ${id}, which no browser has`)
  },
}

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [noNode, react()],
  build: {
    outDir: fileURLToPath(new URL('../dist/web', import.meta.url)),
    emptyOutDir: true,
    target: 'es2023',
    // A module that is inlined as data: would be a script that the content security policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: { format: 'es' },
  server: { proxy: { '/api': SERVER, '/auth': SERVER, '/audit': SERVER, '/v1': SERVER, '/docs': SERVER } },
  clearScreen: false,
})
