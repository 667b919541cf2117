"""Writes every change of moto's buckets and objects to the state folder, and reads it back."""

import json
from typing import Any

from moto.s3.models import FakeKey, S3Backend, s3_backends

from include.localcloud import snapshots
from include.localcloud.accounts import ACCOUNT, PARTITION
from include.localcloud.state import State


class S3Journal:
    """Keeps moto's S3 in the state folder: what `save` returned from survives a killed process.

    Bytes lie in files, settings and the list of objects in the database. Uploads in parts are
    kept from the moment they are completed.
    """

    def __init__(self, backend: S3Backend, state: State) -> None:
        self._backend = backend
        self._state = state
        self._saved_buckets: dict[str, bytes] = {}

    def restore(self) -> None:
        """Bring back what an earlier process kept, and remove files nobody names any more."""
        for row in self._state.database.all("SELECT name, snapshot FROM buckets"):
            self._backend.buckets[row["name"]] = snapshots.load_bucket(row["snapshot"])
            self._saved_buckets[row["name"]] = row["snapshot"]
            s3_backends.bucket_accounts[row["name"]] = (PARTITION, ACCOUNT)
        named: set[str] = set()
        for row in self._state.database.all("SELECT * FROM objects"):
            self._restore_object(row["bucket"], row["key"], row["snapshot"])
            named.update(json.loads(row["blobs"]))
        self._state.objects.keep_only(named)
        for bucket in self._backend.buckets.values():
            snapshots.watch(bucket).changed().clear()

    def save(self, touched: tuple[str, str] | None, with_buckets: bool) -> None:
        """Keep what changed since the last call.

        Args:
            touched: Bucket and key of an object whose settings may have changed in place.
            with_buckets: Whether buckets or their settings may have changed.
        """
        if touched and touched[0] in self._backend.buckets:
            keys = snapshots.watch(self._backend.buckets[touched[0]])
            if touched[1] in keys:
                keys.changed().add(touched[1])
        if with_buckets:
            self._save_buckets()
        for name, bucket in list(self._backend.buckets.items()):
            changed = snapshots.watch(bucket).changed()
            for key in list(changed):
                self._save_object(name, key, bucket.keys.getlist(key, []))
                changed.discard(key)

    def _save_buckets(self) -> None:
        found = {name: snapshots.dump_bucket(b) for name, b in self._backend.buckets.items()}
        if found == self._saved_buckets:
            return
        with self._state.database.writing() as connection:
            for name in self._saved_buckets.keys() - found.keys():
                connection.execute("DELETE FROM buckets WHERE name = ?", (name,))
                connection.execute("DELETE FROM objects WHERE bucket = ?", (name,))
            connection.executemany("REPLACE INTO buckets VALUES (?, ?)", found.items())
        self._saved_buckets = found

    def _save_object(self, bucket: str, key: str, versions: list[Any]) -> None:
        for version in versions:
            if isinstance(version, FakeKey):
                snapshots.store_value(version, self._state.objects)
        names = snapshots.stored_names(versions)
        tags = self._tags(versions)
        with self._state.database.writing() as connection:
            where = (bucket, key)
            before = connection.execute(
                "SELECT blobs FROM objects WHERE bucket = ? AND key = ?", where
            ).fetchone()
            if versions:
                connection.execute(
                    "REPLACE INTO objects VALUES (?, ?, ?, ?)",
                    (*where, snapshots.dump_versions(versions, tags), json.dumps(names)),
                )
            else:
                connection.execute("DELETE FROM objects WHERE bucket = ? AND key = ?", where)
        for name in set(json.loads(before["blobs"]) if before else []) - set(names):
            self._state.objects.remove(name)

    def _tags(self, versions: list[Any]) -> dict[str, str]:
        latest = versions[-1] if versions else None
        if not isinstance(latest, FakeKey):
            return {}
        tags: dict[str, str] = self._backend.tagger.get_tag_dict_for_resource(latest.arn)
        return tags

    def _restore_object(self, bucket: str, key: str, snapshot: bytes) -> None:
        versions, tags = snapshots.load_versions(snapshot, self._state.objects)
        self._backend.buckets[bucket].keys.setlist(key, versions)
        if tags and isinstance(versions[-1], FakeKey):
            self._backend.put_object_tagging(versions[-1], tags)
