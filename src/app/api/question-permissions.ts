import type { Permission } from '../auth/permissions.ts'

/** What each question takes. One that is not here is not asked. */
const QUESTIONS: Readonly<Record<string, Permission>> = {
  '/api/v1/calls': 'calls',
  '/api/v1/calls/{id}': 'calls',
  '/api/v1/traces/{id}': 'calls',
  '/api/v1/export': 'calls',
  '/api/v1/costs': 'read',
  '/api/v1/latency': 'read',
  '/api/v1/distribution': 'read',
  '/api/v1/reconciliation': 'read',
  '/api/v1/insights': 'read',
}

/** Null where there is no such question. */
export function permissionOfQuestion(path: string): Permission | null {
  for (const [pattern, permission] of Object.entries(QUESTIONS)) {
    const prefix = pattern.endsWith('{id}') ? pattern.slice(0, -'{id}'.length) : null
    if (path === pattern || (prefix !== null && path.startsWith(prefix) && path.length > prefix.length)) return permission
  }
  return null
}
