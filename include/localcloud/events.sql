-- What is to be told, noted in the transaction that makes it so. "due" is when it is so.

CREATE TABLE IF NOT EXISTS outbox (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  due REAL NOT NULL,
  is_end INTEGER NOT NULL,         -- of two at one moment it comes last
  kind TEXT NOT NULL,              -- Data Store, Import Job, Image Set
  status TEXT NOT NULL,
  datastore_id TEXT NOT NULL,
  image_set_id TEXT,
  detail TEXT NOT NULL             -- JSON: what the event says besides
);

CREATE TRIGGER IF NOT EXISTS tell_datastore_made AFTER INSERT ON datastores BEGIN
  INSERT INTO outbox (due, is_end, kind, status, datastore_id, detail) VALUES
    (NEW.created_at, 0, 'Data Store', 'CREATING', NEW.id,
     json_object('datastoreName', NEW.name, 'datastoreStatus', 'CREATING')),
    (NEW.settles_at, 1, 'Data Store', 'ACTIVE', NEW.id,
     json_object('datastoreName', NEW.name, 'datastoreStatus', 'ACTIVE'));
END;

CREATE TRIGGER IF NOT EXISTS tell_datastore_deleted AFTER UPDATE OF status ON datastores
WHEN NEW.status = 'DELETED' AND OLD.status != 'DELETED' BEGIN
  INSERT INTO outbox (due, is_end, kind, status, datastore_id, detail) VALUES
    (NEW.updated_at, 0, 'Data Store', 'DELETING', NEW.id,
     json_object('datastoreName', NEW.name, 'datastoreStatus', 'DELETING')),
    (NEW.settles_at, 1, 'Data Store', 'DELETED', NEW.id,
     json_object('datastoreName', NEW.name, 'datastoreStatus', 'DELETED'));
END;

CREATE TRIGGER IF NOT EXISTS tell_job_made AFTER INSERT ON jobs BEGIN
  INSERT INTO outbox (due, is_end, kind, status, datastore_id, detail) VALUES
    (NEW.submitted_at, 0, 'Import Job', NEW.status, NEW.datastore_id,
     json_object('jobId', NEW.id, 'jobName', NEW.name, 'jobStatus', NEW.status,
                 'inputS3Uri', NEW.input_uri, 'outputS3Uri', NEW.output_uri));
END;

CREATE TRIGGER IF NOT EXISTS tell_job AFTER UPDATE OF status ON jobs
WHEN NEW.status != OLD.status BEGIN
  INSERT INTO outbox (due, is_end, kind, status, datastore_id, detail) VALUES
    ((julianday('now') - 2440587.5) * 86400.0, 0, 'Import Job', NEW.status, NEW.datastore_id,
     json_object('jobId', NEW.id, 'jobName', NEW.name, 'jobStatus', NEW.status,
                 'inputS3Uri', NEW.input_uri, 'outputS3Uri', NEW.output_uri));
END;

CREATE TRIGGER IF NOT EXISTS tell_version AFTER INSERT ON image_set_versions BEGIN
  INSERT INTO outbox (due, is_end, kind, status, datastore_id, image_set_id, detail)
  SELECT NEW.created_at, 1, 'Image Set', NEW.workflow_status, datastore_id, id,
    json_object('isPrimary', json(iif(is_primary, 'true', 'false')),
                'imageSetVersion', CAST(NEW.version AS TEXT),
                'imageSetState', 'ACTIVE', 'imageSetWorkflowStatus', NEW.workflow_status)
  FROM image_sets WHERE id = NEW.image_set_id;
END;

CREATE TRIGGER IF NOT EXISTS tell_image_set_deleted AFTER UPDATE OF state ON image_sets
WHEN NEW.state = 'DELETED' AND OLD.state != 'DELETED' BEGIN
  INSERT INTO outbox (due, is_end, kind, status, datastore_id, image_set_id, detail) VALUES
    (NEW.updated_at, 1, 'Image Set', 'DELETED', NEW.datastore_id, NEW.id,
     json_object('isPrimary', json(iif(NEW.is_primary, 'true', 'false')),
                 'imageSetVersion', CAST(NEW.version AS TEXT),
                 'imageSetState', 'DELETED', 'imageSetWorkflowStatus', 'DELETED'));
END;

-- a lock comes after the change it covers, in the same transaction: the change's end moves

CREATE TRIGGER IF NOT EXISTS tell_lock AFTER UPDATE OF settles_at, meanwhile ON image_sets
WHEN NEW.meanwhile IS NOT NULL BEGIN
  UPDATE outbox SET due = max(NEW.settles_at, (julianday('now') - 2440587.5) * 86400.0)
  WHERE image_set_id = NEW.id AND is_end;
  INSERT INTO outbox (due, is_end, kind, status, datastore_id, image_set_id, detail) VALUES
    ((julianday('now') - 2440587.5) * 86400.0, 0, 'Image Set', NEW.meanwhile,
     NEW.datastore_id, NEW.id,
     json_object('isPrimary', json(iif(NEW.is_primary, 'true', 'false')),
                 'imageSetVersion', CAST(NEW.version AS TEXT),
                 'imageSetState', 'LOCKED', 'imageSetWorkflowStatus', NEW.meanwhile));
END;

-- the source of a copy is locked last: it is what the copy's own event names

CREATE TRIGGER IF NOT EXISTS tell_source AFTER UPDATE OF settles_at, meanwhile ON image_sets
WHEN NEW.meanwhile = 'COPYING_WITH_READ_ONLY_ACCESS' BEGIN
  UPDATE outbox SET detail = json_set(detail, '$.sourceImageSetArn', NEW.id)
  WHERE number = (SELECT max(number) FROM outbox
                  WHERE datastore_id = NEW.datastore_id AND status = 'COPYING');
END;
