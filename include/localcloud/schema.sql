-- S3, IAM and STS: what moto holds, kept beside it

CREATE TABLE IF NOT EXISTS buckets (
  name TEXT PRIMARY KEY,
  snapshot BLOB NOT NULL
);

CREATE TABLE IF NOT EXISTS objects (
  bucket TEXT NOT NULL,
  key TEXT NOT NULL,
  snapshot BLOB NOT NULL,          -- all versions, without their bytes
  blobs TEXT NOT NULL,             -- JSON list: the files that hold their bytes
  PRIMARY KEY (bucket, key)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS accounts (
  service TEXT PRIMARY KEY,        -- iam, sts
  snapshot BLOB NOT NULL
);

-- HealthImaging

CREATE TABLE IF NOT EXISTS datastores (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  region TEXT NOT NULL,            -- it is found in this one alone
  status TEXT NOT NULL,
  kms_key_arn TEXT,
  lambda_authorizer_arn TEXT,
  storage_format TEXT NOT NULL,
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL,
  settles_at REAL NOT NULL         -- until then it is CREATING or DELETING
);

CREATE TABLE IF NOT EXISTS tokens (
  operation TEXT NOT NULL,
  region TEXT NOT NULL,
  token TEXT NOT NULL,
  request TEXT NOT NULL,           -- hash of the other parameters
  result TEXT NOT NULL,            -- the id that the first call returned
  PRIMARY KEY (operation, region, token)
);

CREATE TABLE IF NOT EXISTS tags (
  arn TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (arn, key)
);

CREATE TABLE IF NOT EXISTS jobs (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  datastore_id TEXT NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL,
  role_arn TEXT NOT NULL,
  input_uri TEXT NOT NULL,
  output_uri TEXT NOT NULL,        -- the job's own folder
  owner_account TEXT,
  region TEXT NOT NULL,
  import_configuration TEXT,       -- JSON
  submitted_at REAL NOT NULL,
  ended_at REAL,
  message TEXT,
  published INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS late_outputs (
  job_id TEXT PRIMARY KEY,
  due REAL NOT NULL                -- when the output of the ended job is to be written
);

CREATE TABLE IF NOT EXISTS job_files (
  job_id TEXT NOT NULL,
  key TEXT NOT NULL,
  outcome TEXT NOT NULL,           -- imported, customer_error, server_error
  message TEXT,
  warnings TEXT NOT NULL DEFAULT '[]',
  instance_id INTEGER,
  image_set_id TEXT,
  image_set_version INTEGER,
  is_primary INTEGER,
  PRIMARY KEY (job_id, key)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS instances (
  id INTEGER PRIMARY KEY AUTOINCREMENT,  -- no id comes twice: others remember it
  series_uid TEXT NOT NULL,
  sop_uid TEXT NOT NULL,
  grouping TEXT NOT NULL,          -- JSON: the elements that decide which image set it joins
  metadata BLOB NOT NULL,          -- zlib JSON: levels, VRs, frames
  metadata_bytes INTEGER NOT NULL, -- of the JSON that it adds to its image set's metadata
  header BLOB NOT NULL,            -- zlib P10: all attributes but pixel data
  reasons TEXT NOT NULL DEFAULT '[]',  -- JSON: codes of the warnings it was imported with
  blob TEXT                        -- the file that holds its frames; copies share it
);
CREATE INDEX IF NOT EXISTS instances_blob ON instances (blob);

CREATE TABLE IF NOT EXISTS frames (
  id TEXT PRIMARY KEY,
  blob TEXT NOT NULL,              -- the file that holds it
  position INTEGER NOT NULL,       -- its first byte there
  length INTEGER NOT NULL,
  content_type TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS frames_blob ON frames (blob, position);

CREATE TABLE IF NOT EXISTS image_sets (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  datastore_id TEXT NOT NULL,
  is_primary INTEGER NOT NULL,
  version INTEGER NOT NULL,        -- the latest
  state TEXT NOT NULL,
  workflow_status TEXT NOT NULL,
  settles_at REAL NOT NULL DEFAULT 0,  -- until then it is LOCKED
  meanwhile TEXT,                      -- its workflow status until then
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL,
  accessed_at REAL NOT NULL,
  deleted_at REAL,
  grouping TEXT NOT NULL,
  study_uid TEXT NOT NULL,
  series_uid TEXT NOT NULL,
  patient_id TEXT,
  accession_number TEXT,
  study_id TEXT,
  study_moment TEXT NOT NULL,      -- StudyDate and StudyTime, comparable as text
  tags TEXT NOT NULL               -- JSON: the DICOMTags that a search returns
);
CREATE INDEX IF NOT EXISTS image_sets_series ON image_sets (datastore_id, series_uid);
CREATE INDEX IF NOT EXISTS image_sets_study ON image_sets (datastore_id, study_uid);

CREATE TABLE IF NOT EXISTS image_set_versions (
  image_set_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  workflow_status TEXT NOT NULL,
  created_at REAL NOT NULL,
  message TEXT,                    -- why it failed
  forced INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (image_set_id, version)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS members (
  image_set_id TEXT NOT NULL,
  sop_uid TEXT NOT NULL,
  instance_id INTEGER NOT NULL,
  from_version INTEGER NOT NULL,
  to_version INTEGER,              -- the first version that does not hold it
  PRIMARY KEY (image_set_id, sop_uid, from_version)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS members_instance ON members (instance_id);

-- DICOMweb

CREATE TABLE IF NOT EXISTS dicomweb_index (
  instance_id INTEGER PRIMARY KEY,
  instance_number INTEGER,
  attributes TEXT NOT NULL         -- DICOM JSON: what searches look at and give
);
CREATE TRIGGER IF NOT EXISTS dicomweb_forget AFTER DELETE ON instances BEGIN
  DELETE FROM dicomweb_index WHERE instance_id = OLD.id;
END;
CREATE TRIGGER IF NOT EXISTS dicomweb_outdated AFTER UPDATE ON instances BEGIN
  DELETE FROM dicomweb_index WHERE instance_id = OLD.id;
END;
CREATE INDEX IF NOT EXISTS image_sets_study ON image_sets (datastore_id, study_uid);
