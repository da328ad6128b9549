"""What happens to real tunnels is told, in order, and sent to a real receiver through kills."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from futago.lab import wait
from futago.testing import lab_processes, labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]

Request = tuple[dict[str, str], bytes]


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[Request]]]:
    """A receiver on loopback: its URL and what it got."""
    got: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got.append(({name.lower(): text for name, text in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    with closing(_Closing(("127.0.0.1", 0), Handler)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/futago", got
        server.shutdown()
        thread.join()


class _Closing(ThreadingHTTPServer):
    def close(self) -> None:
        self.server_close()


def is_signed(request: Request, secret: str) -> bool:
    headers, body = request
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return headers["webhook-signature"] == f"v1,{digest}"


def told(rig: labs.Rig, peering: labs.Peering, since: int) -> list[dict[str, Any]]:
    """Give the events of a connection behind a number, oldest first."""
    wanted = {"ResourceId": peering.connection_id, "MaxResults": 100}
    found = rig.cloud.call("ListEvents", **wanted)["Events"]
    return [each for each in reversed(found) if int(each["EventId"]) > since]


def wait_told(
    rig: labs.Rig, peering: labs.Peering, since: int, *names: str
) -> list[dict[str, Any]]:
    def look() -> bool:
        seen = [each["Name"] for each in told(rig, peering, since)]
        if not is_within(names, seen):
            raise wait.NotYet(f"{seen}")
        return True

    wait.eventually(look, within=90.0)
    return told(rig, peering, since)


def is_within(wanted: tuple[str, ...], seen: list[str]) -> bool:
    """Tell whether names come in this order, with any others between them."""
    left = iter(seen)
    return all(name in left for name in wanted)


def newest(rig: labs.Rig) -> int:
    found = rig.cloud.call("ListEvents", MaxResults=1)["Events"]
    return int(found[0]["EventId"]) if found else 0


def test_a_mismatch_is_told_with_its_reason_and_sent_through_a_killed_controller(
    rig: labs.Rig, peering: labs.Peering, receiver: tuple[str, list[Request]]
) -> None:
    url, got = receiver
    made = rig.cloud.call("CreateWebhook", Url=url)
    begin, first = newest(rig), peering.tunnel_ids[0]
    before = lab_processes.futago(rig.lab)["controller"]
    rig.modify_ike(peering, 1, IkeEncAlg="aes256")
    failed = wait_told(rig, peering, begin, "tunnel_negotiation_failed")
    lab_processes.kill(before)
    wait_told(rig, peering, begin, "connection_edit_applied")
    reasons = [each for each in failed if each["Name"] == "tunnel_negotiation_failed"]
    assert reasons[0]["ResourceId"] == first, failed
    assert reasons[-1]["ReasonCode"] == "EncryptionAlgorithmMismatch", failed
    rig.modify_ike(peering, 1, IkeEncAlg="aes")
    wait_told(rig, peering, begin, "tunnel_negotiation_failed", "tunnel_up", "connection_up")
    lab_processes.wait_replaced(rig.lab, "controller", before)
    rig.wait_up(peering)
    wait_sent(rig, begin, got)
    assert all(is_signed(each, made["SigningSecret"]) for each in got)
    rig.cloud.call("DeleteWebhook", WebhookId=made["WebhookId"])


@pytest.mark.long
def test_a_cut_tunnel_and_its_return_are_told_in_order(
    rig: labs.Rig, peering: labs.Peering, receiver: tuple[str, list[Request]]
) -> None:
    url, got = receiver
    made = rig.cloud.call("CreateWebhook", Url=url)
    begin, first = newest(rig), peering.tunnel_ids[0]
    rig.cut(peering, 1)
    lost = wait_told(
        rig, peering, begin, "ipsec_phase1_nego_failed", "ipsec_phase2_nego_failed", "tunnel_down"
    )
    assert {each["ResourceId"] for each in lost if each["Name"] == "tunnel_down"} == {first}
    assert "connection_degraded" in [each["Name"] for each in lost]
    before = lab_processes.futago(rig.lab)["controller"]
    lab_processes.kill(before)
    rig.restore(peering)
    wait_told(rig, peering, begin, "tunnel_down", "ipsec_phase2_nego_success", "connection_up")
    lab_processes.wait_replaced(rig.lab, "controller", before)
    rig.wait_up(peering)
    wait_sent(rig, begin, got)
    assert all(is_signed(each, made["SigningSecret"]) for each in got)
    rig.cloud.call("DeleteWebhook", WebhookId=made["WebhookId"])


def wait_sent(rig: labs.Rig, begin: int, got: list[Request]) -> None:
    """Wait until every event was got, and check that they first came in their order."""
    (webhook,) = rig.cloud.call("ListWebhooks")["Webhooks"]
    wait.eventually(
        lambda: rig.cloud.call("ListWebhooks")["Webhooks"][0]["PendingEvents"] == 0,
        within=labs.SETTLE_SECONDS,
    )
    assert webhook["Status"] == "Active", webhook
    came = list(dict.fromkeys(int(json.loads(body)["data"]["EventId"]) for _, body in got))
    assert came == sorted(came)
    listed = rig.cloud.call("ListEvents", MaxResults=100)["Events"]
    due = {number for each in listed if (number := int(each["EventId"])) > begin}
    assert due <= set(came), (due, came)
