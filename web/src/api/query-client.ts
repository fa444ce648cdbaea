import { QueryClient } from '@tanstack/react-query'
import { ApiError } from './client.ts'

/** What the server refuses it refuses again; what it could not do now (busy, starting) it may do in a moment. */
const MAY_PASS = new Set([0, 429, 502, 503, 504])

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (count, error) => count < 3 && error instanceof ApiError && MAY_PASS.has(error.status),
      retryDelay: (attempt) => Math.min(8000, 500 * 2 ** attempt),
      refetchOnWindowFocus: false,
    },
  },
})
