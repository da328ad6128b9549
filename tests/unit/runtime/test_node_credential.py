"""The node's credential file."""

from __future__ import annotations

from pathlib import Path

import pytest

from futago.runtime import node_credential


def test_it_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "node.credential"
    made = node_credential.ensure(path)
    assert len(made) >= 40
    assert path.stat().st_mode & 0o777 == 0o600
    assert node_credential.ensure(path) == made


def test_one_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "node.credential"
    node_credential.ensure(path)
    path.chmod(0o640)
    with pytest.raises(node_credential.OpenCredential, match="chmod 600"):
        node_credential.read(path)


@pytest.mark.parametrize("content", [None, b"\n", b"\xff"])
def test_one_that_is_missing_or_empty_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "node.credential"
    if content is not None:
        path.write_bytes(content)
        path.chmod(0o600)
    with pytest.raises(node_credential.NoCredential):
        node_credential.read(path)
