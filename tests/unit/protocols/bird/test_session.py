"""Bytes of the control socket, cut anywhere, become replies."""

from __future__ import annotations

import pytest

from futago.protocols.bird import session

# Captured from BIRD 2.0.12.
CAPTURED = (
    b"0001 BIRD 2.0.12 ready.\n"
    b"1000-BIRD 2.0.12\n"
    b"1011-Router ID is 10.0.0.1\n"
    b" Hostname is vm\n"
    b" Current server time is 2026-11-23 12:24:10.587\n"
    b"0013 Daemon is up and running\n"
    b"0000 \n"
    b"0002-Reading configuration from bird.conf\n"
    b"8002 bird.conf:7:1 syntax error, unexpected '}'\n"
)


def test_a_captured_conversation_is_four_replies() -> None:
    welcome, status, empty, refused = session.ControlSession().receive(CAPTURED)
    assert (welcome.code, welcome.text) == (session.WELCOME, "BIRD 2.0.12 ready.")
    assert (status.code, status.text) == (13, "Daemon is up and running")
    assert status.texts(1011)[:2] == ("Router ID is 10.0.0.1", "Hostname is vm")
    assert (empty.code, empty.text, empty.is_error) == (0, "", False)
    assert refused.is_error
    assert refused.text == "bird.conf:7:1 syntax error, unexpected '}'"


def test_bytes_may_come_one_by_one() -> None:
    whole = session.ControlSession().receive(CAPTURED)
    slow = session.ControlSession()
    replies = [reply for byte in CAPTURED for reply in slow.receive(bytes([byte]))]
    assert tuple(replies) == whole


@pytest.mark.parametrize("line", [b"hello\n", b" continued\n", b"12 x\n", b"\n", b"0001+x\n"])
def test_a_line_without_a_code_is_broken(line: bytes) -> None:
    with pytest.raises(session.BrokenReply):
        session.ControlSession().receive(line)


def test_a_line_without_an_end_is_broken() -> None:
    with pytest.raises(session.BrokenReply):
        session.ControlSession().receive(b"0001 " + b"x" * (1 << 16))


def test_a_command_is_one_line() -> None:
    assert session.command("show status") == b"show status\n"
    for text in ("", "show\nstatus", "show\tstatus\x00"):
        with pytest.raises(session.BadCommand):
            session.command(text)
