import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { queryClient } from './api/query-client.ts'
import { Pages } from './app/router.tsx'
import { Shell } from './app/shell.tsx'
import { PreferencesProvider } from './format/preferences.tsx'
import './theme.css'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <PreferencesProvider>
        <Shell>
          <Pages />
        </Shell>
      </PreferencesProvider>
    </QueryClientProvider>
  </StrictMode>,
)
