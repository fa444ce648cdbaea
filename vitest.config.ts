import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts', 'web/**/*.test.{ts,tsx}'],
    // Two cores: more workers only fight for them.
    maxWorkers: 2,
    // Only to end what hangs: on a busy machine the cross-validation of the latency model takes most of a minute.
    testTimeout: 180_000,
    // A browser and a whole server start in one.
    hookTimeout: 180_000,
  },
})
