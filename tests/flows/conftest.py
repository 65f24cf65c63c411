from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.system import System


@pytest.fixture
def system(transactional_db: None, tmp_path: Path) -> Iterator[System]:
    """The whole product, running; what its processes said is printed when the test fails."""
    made = System(tmp_path)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        print(made.logs())
