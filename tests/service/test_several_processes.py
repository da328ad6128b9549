"""What lives in the memory of one process must be right with several."""

from __future__ import annotations

import os
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent import futures
from typing import Any

import httpx
import pytest

from futago.api import console, console_guard, console_login
from futago.lab import wait
from futago.messages import codec
from futago.runtime import node_credential
from futago.services import console_passwords
from futago.testing import several

pytestmark = pytest.mark.slow
VPC = "2016-04-28"
PROCESSES = 3
BELL_SECONDS = 4.0
"""A watch looks by itself after five."""


@pytest.fixture(scope="module")
def service() -> Iterator[several.Several]:
    with several.serving(PROCESSES) as made:
        yield made


def node_link(service: several.Several) -> httpx.Client:
    credential = node_credential.read(service.chosen.credential_path)
    return httpx.Client(
        transport=httpx.HTTPTransport(uds=str(service.chosen.node_link_socket)),
        base_url="http://futago",
        headers={"authorization": f"Bearer {credential}"},
        timeout=several.DEADLINE,
    )


def test_a_replay_is_refused_by_whichever_process_gets_it(service: several.Several) -> None:
    call = service.signed(VPC, "DescribeRegions")
    with service.one_client_each() as clients:
        first, *others = clients.values()
        assert first.send(call).status_code == 200
        codes = {client.send(call).json()["Code"] for client in (first, *others)}
    assert codes == {"SignatureNonceUsed"}


def test_of_one_call_sent_to_all_at_once_one_is_answered(service: several.Several) -> None:
    with service.one_client_each() as clients, futures.ThreadPoolExecutor(PROCESSES) as pool:
        for _ in range(10):
            call = service.signed(VPC, "DescribeRegions")
            answers = pool.map(lambda client, call=call: client.send(call), clients.values())
            assert sorted(each.status_code for each in answers) == [200] + [400] * (PROCESSES - 1)


def test_a_killed_process_is_replaced_and_leaves_nothing_half_made(
    service: several.Several,
) -> None:
    made = [_create(service, IpAddress=f"203.0.113.{each}") for each in (1, 2)]
    options = [
        {"TunnelIndex": index, "CustomerGatewayId": each["CustomerGatewayId"]}
        for index, each in enumerate(made, 1)
    ]
    wanted = {
        "LocalSubnet": "0.0.0.0/0",
        "RemoteSubnet": "0.0.0.0/0",
        "TunnelOptionsSpecification": options,
    }
    stop = threading.Event()
    ids: list[str] = []

    def create() -> None:
        while not stop.is_set():
            token = {"ClientToken": uuid.uuid4().hex}
            answer = _until_answered(service, "CreateVpnAttachment", {**wanted, **token})
            ids.append(answer["VpnConnectionId"])

    with futures.ThreadPoolExecutor(6) as pool:
        working = [pool.submit(create) for _ in range(6)]
        for victim in service.workers():
            enough = len(ids) + 6
            wait.eventually(lambda enough=enough: len(ids) >= enough, within=several.DEADLINE)
            os.kill(victim, signal.SIGKILL)
            wait.eventually(
                lambda victim=victim: (
                    victim not in (now := service.workers()) and len(now) == PROCESSES
                ),
                within=several.DEADLINE,
            )
        stop.set()
        for done in working:
            done.result(several.DEADLINE)
    assert len(set(ids)) == len(ids)
    listed = _until_answered(service, "DescribeVpnConnections", {"PageSize": 50})
    assert listed["TotalCount"] == len(ids)
    with service.one_client_each() as clients:
        assert sorted(clients) == list(range(PROCESSES))


def _create(service: several.Several, **values: Any) -> dict[str, Any]:
    return _until_answered(service, "CreateCustomerGateway", values)


def _until_answered(
    service: several.Several, action: str, values: dict[str, Any]
) -> dict[str, Any]:
    """Do what clients do: repeat a call whose answer did not come."""

    def send() -> dict[str, Any]:
        with httpx.Client(timeout=several.DEADLINE, trust_env=False) as client:
            try:
                answer = client.send(service.signed(VPC, action, **values))
            except httpx.TransportError as exc:
                raise wait.NotYet(str(exc)) from exc
            assert answer.status_code == 200, answer.text
            found: dict[str, Any] = answer.json()
            return found

    return wait.eventually(send, within=several.DEADLINE)


def test_wrong_passwords_count_wherever_they_are_tried(service: several.Several) -> None:
    with service.database.begin() as unit:
        console_passwords.put(unit, service.account_id, "admin", "correct horse battery")
    given = {"Account": service.account_id, "User": "admin", "Password": "wrong, wrong, wrong"}

    def login(client: httpx.Client) -> int:
        url = f"{service.base}{console.API}/login"
        return client.post(url, json=given, headers={console_guard.CSRF_HEADER: ""}).status_code

    with service.one_client_each() as clients:
        found = list(clients.values())
        for number in range(console_login.USER_FREE):
            assert login(found[number % PROCESSES]) == 401
        assert {login(client) for client in found} == {429}


def test_a_watch_wakes_whichever_process_made_the_change(service: several.Several) -> None:
    with node_link(service) as link, service.one_client_each() as clients:
        for client in clients.values():
            after = codec.BATCH.validate_json(_watch(link, 0, 0)).revision
            with futures.ThreadPoolExecutor(1) as pool:
                began = time.monotonic()
                watching = pool.submit(_watch, link, after, 30)
                _make_vpc(service, client)
                # What the controller does with it, here without a ring.
                service.node.settle()
                _make_vpc(service, client)
                watching.result(several.DEADLINE)
                assert time.monotonic() - began < BELL_SECONDS


def _make_vpc(service: several.Several, client: httpx.Client) -> None:
    client.send(service.signed(VPC, "CreateVpc", CidrBlock="10.0.0.0/8")).raise_for_status()


def _watch(link: httpx.Client, after: int, seconds: int) -> bytes:
    params = {"node": "node-1", "after": after, "wait": seconds}
    return link.get("/node/v1/intents", params=params).raise_for_status().content


def _metrics(service: several.Several, client: httpx.Client) -> str:
    """Give what a process shows, without what changes with time."""
    lines = client.get(f"{service.base}/metrics").text.splitlines()
    return "\n".join(each for each in lines if not each.startswith("futago_node_heartbeat_age"))


def test_metrics_are_the_same_from_all(service: several.Several) -> None:
    report = codec.NodeReport(
        node_id="node-1",
        traffic=(
            codec.DeviceTraffic(
                tunnel_id="tun-1",
                connection_id="vco-1",
                received_bytes=4711,
                sent_bytes=1,
                received_packets=1,
                sent_packets=1,
            ),
        ),
    )
    with node_link(service) as link:
        link.post("/node/v1/report", content=codec.REPORT.dump_json(report)).raise_for_status()
    with service.one_client_each() as clients:
        shown = [_metrics(service, client) for client in clients.values()]
        ready = [client.get(f"{service.base}/readyz").status_code for client in clients.values()]
    assert ready == [200] * PROCESSES
    assert len(set(shown)) == 1
    assert 'futago_tunnel_received_bytes_total{connection_id="vco-1"' in shown[0]
    calls = 'futago_api_requests_total{action="DescribeRegions",code="OK"} '
    (line,) = (each for each in shown[0].splitlines() if each.startswith(calls))
    assert float(line.removeprefix(calls)) >= PROCESSES
