"""A de-identifier for tests, with a key that is no secret."""

from __future__ import annotations

from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.policy import load_policy
from include.imaging.deid.results import Deidentified, Held
from include.imaging.keyring import Keyring

KEY = b"a key for tests, not for use....."


def deidentifier(
    namespace: str = "hospital", key: bytes = KEY, policy: str = "basic"
) -> Deidentifier:
    """Return an engine with a shipped policy."""
    return Deidentifier(load_policy(policy), Keyring(key), namespace)


def made_of(original: bytes) -> Deidentified:
    """Return what the engine makes of an object that it must not hold back."""
    made = deidentifier().deidentify(original)
    assert isinstance(made, Deidentified), made.findings
    return made


def held(original: bytes) -> list[str]:
    """Return the codes of the findings for which the engine holds an object back."""
    made = deidentifier().deidentify(original)
    assert isinstance(made, Held)
    return [finding.code for finding in made.findings]
