"""What official clients sent must be understood to the byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from futago.api import app
from futago.domain import faults
from futago.protocols.rpc import params, signature

SECRET = "EXAMPLEsecretEXAMPLEsecret0000"
CORPUS = Path(__file__).parent / "corpus"
CASES = sorted(CORPUS.glob("*.json"))


def read(path: Path) -> signature.Message:
    record = json.loads(path.read_text())
    return app.decode(
        app.Received(
            method=record["method"],
            query=record["target"].partition("?")[2].encode(),
            headers=tuple((name.encode(), value.encode()) for name, value in record["headers"]),
            body=record["body"].encode(),
            source_ip="",
            host="",
            request_id="",
        )
    )


def test_the_corpus_is_not_empty() -> None:
    assert len(CASES) == 6


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_captured_signature_verifies(path: Path) -> None:
    signature.verify(signature.read_claim(read(path)), SECRET)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_captured_signature_fails_with_another_secret(path: Path) -> None:
    claim = signature.read_claim(read(path))
    with pytest.raises(signature.SignatureDoesNotMatch):
        signature.verify(claim, SECRET + "x")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_changed_byte_of_the_target_and_body_is_noticed(path: Path) -> None:
    record = json.loads(path.read_text())
    good = read(path)
    query = record["target"].partition("?")[2]
    spellings = [(query, record["body"])]
    spellings += [(changed, record["body"]) for changed in one_byte_changes(query)]
    spellings += [(query, changed) for changed in one_byte_changes(record["body"])]
    for changed_query, changed_body in spellings[1:]:
        try:
            message = signature.Message(
                method=good.method,
                query=params.decode_pairs(changed_query),
                form=params.decode_pairs(changed_body),
                headers=good.headers,
                body=changed_body.encode(),
            )
            claim = signature.read_claim(message)
            signature.verify(claim, SECRET)
        except faults.Fault:
            continue
        # Signature 1.0 covers what was meant, so another spelling of the same text passes.
        assert sorted(message.query + message.form) == sorted(good.query + good.form)


def one_byte_changes(text: str) -> list[str]:
    # Every seventh position keeps the walk short; captures differ in length, so all kinds occur.
    return [
        text[:at] + ("x" if text[at] != "x" else "y") + text[at + 1 :]
        for at in range(0, len(text), 7)
    ]


def test_two_tunnels_are_read_out_of_every_spelling_of_the_same_call() -> None:
    names = ("new-python", "new-python-v2", "old-python")
    tunnels = []
    for name in names:
        message = read(CORPUS / f"{name}-create-vpn-attachment.json")
        values = params.nest(message.query + message.form).values
        assert values["Name"] == "dc 1"
        tunnels.append(values["TunnelOptionsSpecification"])
    assert tunnels[0] == tunnels[1] == tunnels[2]
    assert tunnels[0][0]["TunnelIkeConfig"]["Psk"] == "Psk+/=&%1*~"
    assert tunnels[0][1]["TunnelBgpConfig"]["TunnelCidr"] == "169.254.11.0/30"


def test_a_blank_tag_value_is_absent_but_signed() -> None:
    message = read(CORPUS / "new-python-create-transit-router.json")
    assert ("Tag.1.Value", "") in message.query
    values = params.nest(message.query).values
    assert values["Tag"] == [{"Key": "k"}]
