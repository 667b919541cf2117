"""How many instances of a catalog went under a policy as it is now."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from include.imaging.catalog.fingerprints import count_instances
from include.imaging.cli.key import ENVIRONMENT, keyring
from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.policy import Policy
from include.imaging.errors import CustomerError
from include.imaging.feed import load_feed


@dataclass(frozen=True, slots=True)
class Instances:
    """Numbers of instances; `under` the policy is None where nobody can tell without the secret.

    `others` are those under other fingerprints, or under all where nobody can tell.
    """

    total: int
    under: int | None
    others: dict[str, int]


def in_catalog(
    url: str, policy: Policy, key_file: Path | None, namespaces: list[str] | None, feeds: Path
) -> Instances:
    """Return how many instances went under a policy, by its fingerprint for each namespace.

    The fingerprint holds the secret's id, so it takes the secret of `key_file` or environment.
    Without `namespaces`, those of the feeds with that policy are taken. A subject list is part of
    the fingerprint, too: what went under one counts as other.
    """
    counted = count_instances(url)
    names = namespaces or sorted(set(_of_feeds(feeds, policy.name)))
    total = sum(counted.values())
    if not names or not (key_file or os.environ.get(ENVIRONMENT)):
        return Instances(total, None, counted)
    ring = keyring(key_file)
    own = {Deidentifier(policy, ring, name).fingerprint for name in names}
    others = {fingerprint: n for fingerprint, n in counted.items() if fingerprint not in own}
    return Instances(total, total - sum(others.values()), others)


def _of_feeds(folder: Path, policy: str) -> Iterator[str]:
    for path in sorted(folder.glob("*.yaml")):
        try:
            feed = load_feed(path)
        except CustomerError:  # the DAG of a feed that is not valid says so itself
            continue
        if feed.policy == policy:
            yield feed.patient_namespace
