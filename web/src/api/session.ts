import { useQuery, useQueryClient } from '@tanstack/react-query'
import { get, rememberCsrf, send } from './client.ts'

export type Role = 'owner' | 'admin' | 'engineer' | 'finance' | 'auditor' | 'viewer'
export type Permission = 'read' | 'calls' | 'audit' | 'bodies' | 'keys' | 'budgets' | 'alerts' | 'settings' | 'users' | 'owners'

/** Who looks at the page. `user` null = nobody signed in; with an anonymous role something can be read all the same. */
export interface Session {
  readonly user: { readonly id: string; readonly email: string; readonly name: string; readonly role: Role } | null
  readonly anonymousRole: Role | null
  readonly tenant: string | null
  readonly tenants: readonly { readonly id: string; readonly role: Role }[]
  readonly permissions: readonly Permission[]
  readonly csrf: string | null
  /** No owner exists yet: the one-time link that the server printed makes one. */
  readonly setup: boolean
  readonly oidc: { readonly name: string } | null
  readonly demo: boolean
}

const KEY = ['session'] as const

async function load(): Promise<Session> {
  const session = await get<Session>('/api/session')
  rememberCsrf(session.csrf)
  return session
}

/** The session, asked for once and after each change of it. */
export function useSession(): { readonly session: Session | null; readonly error: Error | null; readonly isLoading: boolean } {
  const { data, error, isLoading } = useQuery({ queryKey: KEY, queryFn: load, staleTime: 60_000 })
  return { session: data ?? null, error, isLoading }
}

export function may(session: Session | null, permission: Permission): boolean {
  return session?.permissions.includes(permission) ?? false
}

/** Signs in, out, or to another tenant; everything that was read before is forgotten. */
export function useSessionChange(): { readonly signIn: (email: string, password: string) => Promise<void>; readonly signOut: () => Promise<void>; readonly switchTenant: (tenant: string) => Promise<void>; readonly refresh: () => Promise<void> } {
  const client = useQueryClient()
  const refresh = async (): Promise<void> => {
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== KEY[0] })
    await client.fetchQuery({ queryKey: KEY, queryFn: load, staleTime: 0 })
  }
  return {
    refresh,
    signIn: async (email, password) => {
      await send('POST', '/api/session', { email, password })
      await refresh()
    },
    signOut: async () => {
      await send('DELETE', '/api/session')
      await refresh()
    },
    switchTenant: async (tenant) => {
      await send('PUT', '/api/session/tenant', { tenant })
      await refresh()
    },
  }
}
