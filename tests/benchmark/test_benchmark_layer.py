"""A public layer is made as its number was made."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.layer import BYTE_CODE, CHECKED, NONE, Layer, make
from benchmarks.process import BenchmarkError


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Layer:
    """Number 36."""
    return make(36, tmp_path_factory.mktemp("layer") / "python", BYTE_CODE[36])


@pytest.mark.long
@pytest.mark.xdist_group("layer")
def test_layer_36_has_no_byte_code_and_cannot_be_written_to(layer: Layer) -> None:
    assert list(layer.place.rglob("*.pyc")) == []
    assert len(list(layer.place.rglob("*.py"))) > 700
    assert [path for path in (layer.place, *layer.place.rglob("*")) if path.stat().st_mode & 0o222] == []


@pytest.mark.long
@pytest.mark.xdist_group("layer")
def test_the_layer_has_what_its_release_installed_and_not_what_the_runtime_has(layer: Layer) -> None:
    names = (path.name.removesuffix(".dist-info").partition("-") for path in layer.place.glob("*.dist-info"))
    found = {name: version for name, _, version in names}
    assert found["aws_lambda_powertools"] == "3.31.1"
    assert found["aws_encryption_sdk"] == "4.0.6"
    assert found["cryptography"] == "49.0.0"
    assert not {"boto3", "botocore", "urllib3", "python_dateutil", "six", "jmespath", "s3transfer"} & found.keys()


def test_byte_code_that_a_run_has_left_is_found(tmp_path: Path) -> None:
    (tmp_path / "module.py").touch()
    Layer(36, NONE, tmp_path).check()
    (tmp_path / "module.pyc").touch()
    Layer(40, CHECKED, tmp_path).check()
    with pytest.raises(BenchmarkError, match="1 files of byte code for 1 modules"):
        Layer(36, NONE, tmp_path).check()
