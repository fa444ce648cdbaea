/**
 * The schema of the telemetry database, one step a version: step n leads to version n + 1. Steps are never edited once
 * released; a change is a new step. Sealed days hold the columns of `observations` too, and may lack what came later.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE observations (
    tenant VARCHAR NOT NULL,
    id VARCHAR NOT NULL,
    id_key UINTEGER NOT NULL,
    source VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    response_id VARCHAR,
    response_key UINTEGER,
    trace_id VARCHAR,
    trace_key UINTEGER,
    started_at DOUBLE NOT NULL,
    hour INTEGER NOT NULL,
    billable BOOLEAN NOT NULL,
    user_name VARCHAR,
    feature VARCHAR,
    session VARCHAR,
    prompt VARCHAR,
    prompt_version VARCHAR,
    parent_span_id VARCHAR,
    tags MAP(VARCHAR, VARCHAR),
    key_id VARCHAR,
    model_asked VARCHAR,
    model_served VARCHAR,
    provider VARCHAR,
    pool VARCHAR,
    endpoint VARCHAR,
    reason VARCHAR,
    outcome VARCHAR NOT NULL,
    cost_status VARCHAR NOT NULL,
    fingerprint VARCHAR,
    cost_nano_usd BIGINT NOT NULL,
    input_tokens UINTEGER NOT NULL,
    cache_read_tokens UINTEGER NOT NULL,
    cache_write_tokens UINTEGER NOT NULL,
    output_tokens UINTEGER NOT NULL,
    reasoning_tokens UINTEGER NOT NULL,
    duration_ms UINTEGER NOT NULL,
    attempts UINTEGER NOT NULL,
    client_retry UINTEGER,
    duration_bucket SMALLINT,
    queued_bucket SMALLINT,
    ttft_bucket SMALLINT,
    tpot_bucket SMALLINT,
    input_bucket SMALLINT,
    output_bucket SMALLINT,
    cost_bucket SMALLINT,
    rest VARCHAR NOT NULL
  );
  CREATE TABLE scores (
    tenant VARCHAR NOT NULL,
    id VARCHAR NOT NULL,
    id_key UINTEGER NOT NULL,
    name VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    value DOUBLE,
    label VARCHAR,
    judged_at DOUBLE NOT NULL,
    trace_id VARCHAR,
    trace_key UINTEGER,
    observation_id VARCHAR,
    session VARCHAR
  );
  -- Days that were moved to a Parquet file each, and which ids and traces they hold.
  CREATE TABLE sealed_days (day INTEGER NOT NULL, file VARCHAR NOT NULL, calls UBIGINT NOT NULL);
  CREATE TABLE sealed_keys (key UINTEGER NOT NULL, day INTEGER NOT NULL);
  CREATE TABLE loaded (position BIGINT NOT NULL, repeated BIGINT NOT NULL, replaced BIGINT NOT NULL, merged BIGINT NOT NULL);
  INSERT INTO loaded VALUES (0, 0, 0, 0);
  `,
  `
  ALTER TABLE sealed_days ADD COLUMN summed BOOLEAN DEFAULT false;
  -- A row's day is that of the file, its hour (since 1970) the time of the calls; a column a measure.
  CREATE TABLE sealed_sums (
    day INTEGER NOT NULL,
    tenant VARCHAR NOT NULL,
    dimension VARCHAR NOT NULL,
    value VARCHAR,
    hour INTEGER NOT NULL,
    calls BIGINT NOT NULL,
    costNanoUsd HUGEINT NOT NULL,
    inputTokens HUGEINT NOT NULL,
    cacheReadTokens HUGEINT NOT NULL,
    cacheWriteTokens HUGEINT NOT NULL,
    outputTokens HUGEINT NOT NULL,
    reasoningTokens HUGEINT NOT NULL,
    durationMs HUGEINT NOT NULL,
    failed BIGINT NOT NULL,
    aborted BIGINT NOT NULL,
    attempts HUGEINT NOT NULL,
    clientRetries BIGINT NOT NULL,
    incompleteCost BIGINT NOT NULL
  );
  `,
]
