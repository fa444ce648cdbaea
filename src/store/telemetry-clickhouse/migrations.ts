/**
 * The schema in ClickHouse, one step a version: step n leads to version n + 1. Steps are never edited once released; a change is a
 * new step. ClickHouse has no transaction around them, so each statement must be one that can be run again.
 *
 * - `observations`: what is asked about. A new content of a row is a row of the same key with a higher `version`; reading with FINAL
 *   sees the highest. Where the time of an id changes so does its key: the row of the old key is written again as `dead`. A day is
 *   a partition: days are merged into one part, and dropped, each for itself.
 * - `places`: when the observations of an id, a trace or a response (`textKey` of it) started, which with the tenant is their place in
 *   `observations`. Small blocks, since it is read at thousands of places at once. It may name places where nothing is any more.
 * - `loaded`: the log of batches, the last of each journal; see `commit-log.ts`.
 *
 * Parts are synced to disk before an insert is answered: what the journal has handed over must survive a power cut here.
 */
const DURABLE = 'fsync_after_insert = 1, fsync_part_directory = 1'
/** How many tokens of inserts a table remembers. */
const TOKENS = 'non_replicated_deduplication_window = 10000'

export const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE IF NOT EXISTS observations (
      tenant LowCardinality(String),
      id String CODEC(ZSTD(1)),
      version UInt64 CODEC(Delta, ZSTD(1)),
      dead Bool,
      source LowCardinality(String),
      kind LowCardinality(String),
      name LowCardinality(String),
      response_id Nullable(String) CODEC(ZSTD(1)),
      trace_id Nullable(String) CODEC(ZSTD(1)),
      started_at Float64 CODEC(Delta, ZSTD(1)),
      billable Bool,
      user_name Nullable(String) CODEC(ZSTD(1)),
      feature LowCardinality(Nullable(String)),
      session Nullable(String) CODEC(ZSTD(1)),
      prompt LowCardinality(Nullable(String)),
      prompt_version LowCardinality(Nullable(String)),
      parent_span_id Nullable(String) CODEC(ZSTD(1)),
      tags Map(LowCardinality(String), String) CODEC(ZSTD(1)),
      key_id LowCardinality(Nullable(String)),
      model_asked LowCardinality(Nullable(String)),
      model_served LowCardinality(Nullable(String)),
      provider LowCardinality(Nullable(String)),
      pool LowCardinality(Nullable(String)),
      endpoint LowCardinality(Nullable(String)),
      reason LowCardinality(Nullable(String)),
      outcome LowCardinality(String),
      cost_status LowCardinality(String),
      fingerprint Nullable(String) CODEC(ZSTD(1)),
      cost_nano_usd Int64 CODEC(ZSTD(1)),
      input_tokens UInt32 CODEC(ZSTD(1)),
      cache_read_tokens UInt32 CODEC(ZSTD(1)),
      cache_write_tokens UInt32 CODEC(ZSTD(1)),
      output_tokens UInt32 CODEC(ZSTD(1)),
      reasoning_tokens UInt32 CODEC(ZSTD(1)),
      duration_ms UInt32 CODEC(ZSTD(1)),
      attempts UInt32 CODEC(ZSTD(1)),
      client_retry Nullable(UInt32) CODEC(ZSTD(1)),
      duration_bucket Nullable(Int16) CODEC(ZSTD(1)),
      queued_bucket Nullable(Int16) CODEC(ZSTD(1)),
      ttft_bucket Nullable(Int16) CODEC(ZSTD(1)),
      tpot_bucket Nullable(Int16) CODEC(ZSTD(1)),
      input_bucket Nullable(Int16) CODEC(ZSTD(1)),
      output_bucket Nullable(Int16) CODEC(ZSTD(1)),
      cost_bucket Nullable(Int16) CODEC(ZSTD(1)),
      rest String CODEC(ZSTD(1))
    ) ENGINE = ReplacingMergeTree(version)
    PARTITION BY toInt32(floor(started_at / 86400000))
    PRIMARY KEY (tenant, started_at)
    ORDER BY (tenant, started_at, id)
    SETTINGS ttl_only_drop_parts = 1, ${TOKENS}, ${DURABLE}`,
    `CREATE TABLE IF NOT EXISTS places (
      key UInt32 CODEC(Delta, ZSTD(1)),
      started_at Float64 CODEC(ZSTD(1))
    ) ENGINE = ReplacingMergeTree
    ORDER BY (key, started_at)
    SETTINGS index_granularity = 512, min_compress_block_size = 4096, max_compress_block_size = 16384, ${TOKENS}, ${DURABLE}`,
    `CREATE TABLE IF NOT EXISTS scores (
      tenant LowCardinality(String),
      id String CODEC(ZSTD(1)),
      version UInt64,
      name LowCardinality(String),
      source LowCardinality(String),
      value Nullable(Float64),
      label Nullable(String) CODEC(ZSTD(1)),
      judged_at Float64,
      trace_id Nullable(String) CODEC(ZSTD(1)),
      observation_id Nullable(String) CODEC(ZSTD(1)),
      session Nullable(String) CODEC(ZSTD(1)),
      INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1
    ) ENGINE = ReplacingMergeTree(version)
    ORDER BY (tenant, id)
    SETTINGS ${TOKENS}, ${DURABLE}`,
    `CREATE TABLE IF NOT EXISTS loaded (
      journal String,
      seq UInt64,
      position UInt64,
      batch String,
      repeated UInt64,
      replaced UInt64,
      merged UInt64,
      observations String CODEC(ZSTD(1)),
      places String CODEC(ZSTD(1)),
      scores String CODEC(ZSTD(1))
    ) ENGINE = ReplacingMergeTree(seq)
    ORDER BY journal
    SETTINGS ${TOKENS}, ${DURABLE}`,
  ],
]
