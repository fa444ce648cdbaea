/**
 * The schema of the control database, one step a version: step n leads to version n + 1. Steps are never edited once
 * released; a change is a new step.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    disabled_at INTEGER,
    last_used_at INTEGER,
    rules TEXT NOT NULL,
    previous_hash TEXT,
    previous_expires_at INTEGER
  ) STRICT;
  CREATE INDEX keys_by_tenant ON keys (tenant);
  CREATE TABLE budgets (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    scope TEXT NOT NULL,
    value TEXT NOT NULL,
    period TEXT NOT NULL,
    limit_nano INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX budgets_by_tenant ON budgets (tenant);
  CREATE TABLE spend (
    budget_id TEXT NOT NULL,
    window_start INTEGER NOT NULL,
    subject TEXT NOT NULL,
    amount_nano INTEGER NOT NULL,
    PRIMARY KEY (budget_id, window_start, subject)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE secrets (
    name TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
  ) STRICT;
  CREATE TABLE revision (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    value INTEGER NOT NULL
  ) STRICT;
  INSERT INTO revision VALUES (1, 0);
  `,
  `
  CREATE TABLE reserved (
    budget_id TEXT PRIMARY KEY,
    amount_nano INTEGER NOT NULL,
    at INTEGER NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE subjects (
    tenant TEXT NOT NULL,
    subject TEXT NOT NULL,
    wrapped BLOB NOT NULL,
    PRIMARY KEY (tenant, subject)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE acts (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL DEFAULT (lower(hex(randomblob(8)))),
    act TEXT NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password TEXT,
    oidc_issuer TEXT,
    oidc_subject TEXT,
    memberships TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    disabled_at INTEGER,
    signed_in_at INTEGER,
    UNIQUE (oidc_issuer, oidc_subject)
  ) STRICT;
  CREATE TABLE sessions (
    hash TEXT PRIMARY KEY,
    user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    tenant TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sessions_by_user ON sessions (user);
  CREATE TABLE links (
    hash TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    email TEXT NOT NULL,
    membership TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE plans (
    id TEXT NOT NULL,
    tenant TEXT NOT NULL,
    title TEXT NOT NULL,
    saved_at INTEGER NOT NULL,
    summary TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
  ) STRICT, WITHOUT ROWID;
  `,
]
