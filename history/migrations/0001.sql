-- Everything here follows from the run directories. A run is replaced as a whole:
-- what belongs to it goes with it.
CREATE TABLE runs (
  id                  TEXT PRIMARY KEY,  -- the name of its directory
  digest              TEXT NOT NULL,     -- of what was read, so that it is read once
  state               TEXT NOT NULL,     -- running, interrupted or finished
  label               TEXT NOT NULL,     -- the change as a person calls it
  started             TEXT NOT NULL,     -- UTC, as 2026-11-23T18:05:52.167Z
  finished            TEXT NOT NULL,     -- '' while it runs
  tool_version        TEXT NOT NULL,
  base                TEXT NOT NULL,
  head                TEXT NOT NULL,
  dirty               INTEGER NOT NULL,
  scripted            INTEGER NOT NULL,
  outcome             TEXT NOT NULL,     -- pass, block, inconclusive; '' without a verdict
  rule                TEXT NOT NULL,
  convergent_findings INTEGER NOT NULL,
  distinct_findings   INTEGER NOT NULL,
  prompt_tokens       INTEGER NOT NULL,
  completion_tokens   INTEGER NOT NULL,
  cost_usd            REAL,              -- NULL: unknown, which is not zero
  wall_ms             INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX runs_by_start ON runs (started);

CREATE TABLE seats (
  run               TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  n                 INTEGER NOT NULL,   -- its place in the report
  bundle            TEXT NOT NULL,
  reviewer          TEXT NOT NULL,
  kind              TEXT NOT NULL,      -- openai, command or analyser
  lineage           TEXT NOT NULL,      -- of the model that answered
  model             TEXT NOT NULL,
  answered_model    TEXT NOT NULL,
  state             TEXT NOT NULL,      -- engaged, disengaged, truncated, failed, skipped
  prompt_tokens     INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  estimated         INTEGER NOT NULL,   -- the counts of tokens are estimates
  latency_ms        INTEGER NOT NULL,
  attempts          INTEGER NOT NULL,
  cost_usd          REAL,               -- NULL: unknown, which is not zero
  cached            INTEGER NOT NULL,   -- an answer of an earlier run
  error             TEXT NOT NULL,
  PRIMARY KEY (run, n)
) WITHOUT ROWID;

CREATE TABLE anchors (
  run      TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  reviewer TEXT NOT NULL,
  lineage  TEXT NOT NULL,     -- of most of its seats in the run
  anchor   TEXT NOT NULL,     -- exact, context, snapped, file, outside, unknown
  count    INTEGER NOT NULL,
  PRIMARY KEY (run, reviewer, anchor)
) WITHOUT ROWID;

CREATE TABLE findings (
  run         TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  n           INTEGER NOT NULL,   -- its place in the report
  id          TEXT NOT NULL,
  bundle      TEXT NOT NULL,
  severity    TEXT NOT NULL,
  path        TEXT NOT NULL,
  line        INTEGER NOT NULL,   -- 0: the whole file
  end_line    INTEGER NOT NULL,
  side        TEXT NOT NULL,
  anchor      TEXT NOT NULL,
  title       TEXT NOT NULL,
  state       TEXT NOT NULL,      -- open, retracted, refuted, known
  convergence INTEGER NOT NULL,
  lineages    TEXT NOT NULL,      -- JSON list
  reviewers   TEXT NOT NULL,      -- JSON list
  gap         TEXT NOT NULL,      -- the entry of gaps.yaml that it is known by, or ''
  known_as    TEXT NOT NULL,      -- false_positive, accepted_risk, …, or ''
  PRIMARY KEY (run, n)
) WITHOUT ROWID;

CREATE TABLE sources (
  run       TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  finding   INTEGER NOT NULL,   -- findings.n
  n         INTEGER NOT NULL,
  reviewer  TEXT NOT NULL,
  lineage   TEXT NOT NULL,
  severity  TEXT NOT NULL,
  retracted INTEGER NOT NULL,   -- its reviewer took it back
  PRIMARY KEY (run, finding, n)
) WITHOUT ROWID;
