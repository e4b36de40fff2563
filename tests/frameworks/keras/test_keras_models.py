"""Models that train with optimizers of `adamas.keras`, on each backend that is installed.

Files of long tests are apart, so that several workers can share them.
"""

import pytest

from keras_process import BACKENDS, check_contract


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_contract_holds(backend):
    check_contract(backend, "keras_models.py")
