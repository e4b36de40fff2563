import gloo
import pytest
import distributed_scenarios as s


@pytest.mark.parametrize("n", [2, 4])
def test_first(tmp_path, n):
    errors = gloo.play("distributed_scenarios", s.EVERYWHERE, n, tmp_path)
    assert not any(errors.values()), "\n".join(errors.values())
