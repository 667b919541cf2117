"""What the tests of DICOMweb may ask for."""

from collections.abc import Iterator

import pytest

from include.localcloud.running import LocalCloud
from tests.support.cloud import Stage
from tests.support.dicomweb import Web, make_web


@pytest.fixture
def web(local_cloud: LocalCloud, stage: Stage) -> Iterator[Web]:
    """DICOMweb of the stage's data store."""
    made = make_web(local_cloud.url, stage.datastore_id)
    yield made
    made.session.close()
