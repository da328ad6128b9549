"""Signs of life in a daemon's log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from futago.domain import ids
from futago.drivers.strongswan import files, signs

TUNNEL = ids.TunnelId("tun-1")


def line(at: datetime, text: str, name: str = TUNNEL) -> str:
    return f"{at.astimezone():%Y-%m-%dT%H:%M:%S} 07[ENC] <{name}|3> {text}\n"


NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.mark.parametrize(
    ("text", "is_sign"),
    [
        ("parsed INFORMATIONAL response 12 [ ]", True),
        ("parsed INFORMATIONAL request 4 [ ]", True),
        ("parsed CREATE_CHILD_SA response 2 [ SA No TSi TSr ]", True),
        ("parsed INFORMATIONAL_V1 request 3152 [ HASH N(DPD_ACK) ]", True),
        ("parsed QUICK_MODE response 7 [ HASH SA No ID ID ]", True),
        ("parsed INFORMATIONAL_V1 request 3152 [ N(NO_PROP) ]", False),
        ("parsed IKE_SA_INIT response 0 [ SA KE No ]", False),
        ("generating INFORMATIONAL request 12 [ ]", False),
    ],
)
def test_what_only_the_peer_can_have_made_is_a_sign(
    tmp_path: Path, text: str, is_sign: bool
) -> None:
    paths = files.Files(tmp_path)
    paths.log.write_text(line(NOW, text))
    assert signs.Signs(TUNNEL, paths).last() == (NOW if is_sign else None)


def test_the_last_sign_is_kept_and_a_log_that_was_emptied_is_read_from_its_start(
    tmp_path: Path,
) -> None:
    paths = files.Files(tmp_path)
    followed = signs.Signs(TUNNEL, paths)
    assert followed.last() is None
    with paths.log.open("a") as log:
        log.write(line(NOW, "parsed INFORMATIONAL response 1 [ ]"))
    assert followed.last() == NOW
    with paths.log.open("a") as log:
        log.write(line(NOW, "generating INFORMATIONAL request 2 [ ]") * 9)
    assert followed.last() == NOW
    later = NOW + timedelta(seconds=10)
    paths.log.write_text(line(later, "parsed INFORMATIONAL response 2 [ ]"))
    assert followed.last() == later


def test_another_sa_of_the_daemon_is_not_the_tunnels(tmp_path: Path) -> None:
    paths = files.Files(tmp_path)
    paths.log.write_text(line(NOW, "parsed INFORMATIONAL response 1 [ ]", name="rehearsal"))
    assert signs.Signs(TUNNEL, paths).last() is None
