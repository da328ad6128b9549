from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
from datetime import timedelta

import pytest

from futago.domain import webhooks

OPEN = webhooks.Rules(allows_http=True, networks=(ipaddress.ip_network("10.0.0.0/8"),))


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://hooks.example.com/futago?token=a%20b", id="name"),
        pytest.param("https://hooks.example.com:8443", id="port"),
        pytest.param("https://8.8.8.8/x", id="address"),
        pytest.param("https://[2606:4700::1111]/x", id="address of version 6"),
    ],
)
def test_public_places_are_taken(url: str) -> None:
    assert webhooks.check_url(url, webhooks.DEFAULT_RULES) == url


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param("http://example.com/", "webhooks.allow_http", id="no TLS"),
        pytest.param("ftp://example.com/", "must begin with https", id="scheme"),
        pytest.param("https:///path", "name a host", id="no host"),
        pytest.param("https://a:b@example.com/", "user name", id="password"),
        pytest.param("https://example.com/#top", "fragment", id="fragment"),
        pytest.param("https://example.com/a b", "blanks", id="blank"),
        pytest.param("https://exämple.com/", "ASCII", id="not ASCII"),
        pytest.param("https://example.com:99999/", "no URL", id="port"),
        pytest.param("https://example.com/" + "x" * 1024, "characters", id="too long"),
        pytest.param("https://127.0.0.1/", "not public", id="loopback"),
        pytest.param("https://[::1]/", "not public", id="loopback of version 6"),
        pytest.param("https://169.254.169.254/latest", "not public", id="metadata"),
        pytest.param("https://100.100.100.200/latest", "not public", id="the vendor's metadata"),
        pytest.param("https://[fe80::1]/", "not public", id="link-local"),
        pytest.param("https://[::ffff:127.0.0.1]/", "not public", id="mapped"),
        pytest.param("https://[64:ff9b::7f00:1]/", "not public", id="translated"),
        pytest.param("https://[2002:7f00:1::]/", "not public", id="6to4"),
        pytest.param("https://10.1.2.3/", "allowed_networks", id="private"),
        pytest.param("https://224.0.0.1/", "not public", id="multicast"),
        pytest.param("https://0.0.0.0/", "not public", id="unspecified"),
    ],
)
def test_other_places_are_refused_with_the_rule(url: str, said: str) -> None:
    with pytest.raises(webhooks.UrlInvalid, match=said):
        webhooks.check_url(url, webhooks.DEFAULT_RULES)


def test_the_operator_allows_what_else_is_taken() -> None:
    assert webhooks.check_url("http://10.1.2.3/", OPEN)
    with pytest.raises(webhooks.UrlInvalid):
        webhooks.check_url("http://127.0.0.1/", OPEN)


def test_a_receiver_can_check_the_signature_by_the_standard() -> None:
    secret = webhooks.new_secret(lambda below: 7 % below)
    headers = webhooks.headers(secret, "wh-1_5", 1700000000, b'{"a":1}')
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = hmac.new(key, b'wh-1_5.1700000000.{"a":1}', hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(expected).decode()
    assert len(key) == 32


def test_pauses_double_up_to_an_hour() -> None:
    pauses = [webhooks.pause(n).total_seconds() for n in (1, 2, 3, 12, 13, 1000)]
    assert pauses == [1, 2, 4, 2048, 3600, 3600]
    assert webhooks.pause(5) < timedelta(hours=1)
