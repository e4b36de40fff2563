"""The table of floats says what NumPy and ml_dtypes say of them."""

import ml_dtypes
import pytest

from adamas.dtypes import FLOATS, Float, numpy_dtype, wide
from processes import output_of

BITS_OF_LLVM = {"double": 64, "float": 32, "half": 16, "i16": 16, "i8": 8}


def assert_right(row: Float) -> None:
    """What a row says is what the libraries say."""
    dtype = numpy_dtype(row.name)
    assert row.bytes == dtype.itemsize
    assert row.spacing == float(ml_dtypes.finfo(dtype).eps)
    assert BITS_OF_LLVM[row.llvm] == 8 * row.bytes
    arithmetic = FLOATS[row.wide]
    assert arithmetic.wide == arithmetic.name
    assert arithmetic.spacing <= min(row.spacing, FLOATS["float32"].spacing)


@pytest.mark.parametrize("name", FLOATS)
def test_every_row_is_what_the_libraries_say(name):
    assert FLOATS[name].name == name
    assert wide(name) == FLOATS[name].wide
    assert_right(FLOATS[name])


@pytest.mark.parametrize(
    "wrong", [{"bytes": 4}, {"spacing": 2.0**-8}, {"wide": "float16"}, {"llvm": "float"}], ids=str
)
def test_a_wrong_entry_would_be_seen(wrong):
    with pytest.raises(AssertionError):
        assert_right(FLOATS["bfloat16"]._replace(**wrong))


def test_ml_dtypes_is_loaded_only_for_the_floats_that_it_teaches():
    code = (
        "import sys, adamas, adamas.dtypes\n"
        "adamas.dtypes.numpy_dtype('float32'), adamas.dtypes.numpy_dtype('float16')\n"
        "assert 'ml_dtypes' not in sys.modules\n"
        "assert adamas.dtypes.numpy_dtype('bfloat16').itemsize == 2\n"
        "assert 'ml_dtypes' in sys.modules"
    )
    output_of(code)
