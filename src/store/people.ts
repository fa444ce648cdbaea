/** People who use the dashboard: who they are, how they are signed in, and links that work once. Part of the control store. */
export interface PeopleStore {
  readonly users: {
    /** CONTROL_CONFLICT where the address or the identity at the provider is taken. */
    readonly insert: (user: UserRow, act?: object) => Promise<void>
    /** Oldest first. */
    readonly list: () => Promise<readonly UserRow[]>
    readonly get: (id: string) => Promise<UserRow | null>
    readonly byEmail: (email: string) => Promise<UserRow | null>
    readonly byOidc: (issuer: string, subject: string) => Promise<UserRow | null>
    /**
     * False = there is none. CONTROL_LAST_OWNER where nobody would own the installation any more. A function is given the user as it is
     * then, so that two changes at once lose nothing.
     */
    readonly update: (id: string, change: UserChange | ((user: UserRow) => UserChange), act?: object) => Promise<boolean>
  }
  readonly sessions: {
    /** Forgets those that are over by `createdAt`, too. */
    readonly insert: (session: SessionRow) => Promise<void>
    readonly get: (hash: string) => Promise<SessionRow | null>
    readonly update: (hash: string, change: Partial<Pick<SessionRow, 'seenAt' | 'tenant'>>) => Promise<boolean>
    readonly remove: (hash: string) => Promise<boolean>
    /** All of a user but one; null = all. Returns how many. */
    readonly removeOf: (user: string, but: string | null) => Promise<number>
  }
  readonly links: {
    /** In place of what was there for the same purpose: one setup link, one for each address in each tenant, one for each user. */
    readonly put: (link: LinkRow, act?: object) => Promise<void>
    /** Null where there is none, or none that still works. */
    readonly get: (hash: string, now: number) => Promise<LinkRow | null>
    /** Those that still work, oldest first. */
    readonly list: (now: number) => Promise<readonly LinkRow[]>
    /**
     * Uses a link up and makes the user, or changes the one that it is for: both or neither. False = the link does not work, or it
     * is for the first owner and there is one.
     */
    readonly redeem: (hash: string, now: number, work: { readonly insert: UserRow } | { readonly update: string; readonly change: UserChange }, act?: object) => Promise<boolean>
  }
}

export const ROLES = ['owner', 'admin', 'engineer', 'finance', 'auditor', 'viewer'] as const
export type Role = (typeof ROLES)[number]

export interface Membership {
  /** Null = every tenant, those to come as well. */
  readonly tenant: string | null
  readonly role: Role
}

export interface UserRow {
  readonly id: string
  /** In lower case; one address, one user. */
  readonly email: string
  readonly name: string
  /** As `app/auth/passwords.ts` writes it; null = signs in through the identity provider alone. */
  readonly password: string | null
  readonly oidc: { readonly issuer: string; readonly subject: string } | null
  /** At most one for each tenant. None = may sign in and see nothing. */
  readonly memberships: readonly Membership[]
  readonly createdAt: number
  readonly disabledAt: number | null
  readonly signedInAt: number | null
}

export type UserChange = Partial<Pick<UserRow, 'name' | 'password' | 'oidc' | 'memberships' | 'disabledAt' | 'signedInAt'>>

export interface SessionRow {
  /** SHA-256 of what the cookie holds, hex. */
  readonly hash: string
  readonly user: string
  readonly tenant: string
  readonly createdAt: number
  readonly seenAt: number
  readonly expiresAt: number
}

export interface LinkRow {
  /** SHA-256 of what the link holds, hex. */
  readonly hash: string
  /** `setup` makes the first owner, `invite` a user, `password` gives the user of `email` a new password. */
  readonly kind: 'setup' | 'invite' | 'password'
  /** '' for `setup`. */
  readonly email: string
  /** Of an invitation; absent otherwise. */
  readonly membership?: Membership
  readonly createdAt: number
  readonly expiresAt: number
}

/** Whether it owns the installation: as long as one does, the setup link is of no use. */
export function isOwner({ memberships, disabledAt }: Pick<UserRow, 'memberships' | 'disabledAt'>): boolean {
  return disabledAt === null && memberships.some(({ tenant, role }) => tenant === null && role === 'owner')
}
