"""Route synchronization: a device learns the table that its connection is associated with.

host ─ device ═══ two tunnels, BGP inside ═══ transit router ─ VPC

A custom table beside the system table holds one static route into the VPC.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

import pytest

from futago.lab import device, record, wait
from futago.testing import lab_processes, lab_speakers, lab_traffic, labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]

SEGMENT = IPv4Network("10.20.0.0/24")
"""Of the VPC, in the system table."""
OTHER = IPv4Network("10.66.0.0/16")
"""In the custom table."""
ENTRY = "TransitRouterRouteEntry"


@pytest.fixture
def speaking(rig: labs.Rig) -> Iterator[lab_speakers.Speaking]:
    made = lab_speakers.connect_silent(rig, record.SiteBgp(asn=lab_speakers.ASN))
    yield made
    made.disconnect()


def wait_learned(speaking: lab_speakers.Speaking, wanted: dict[IPv4Network, bool]) -> None:
    """Wait until the device routes prefixes over both tunnels, or not at all, as the API says."""

    def look() -> bool:
        site = speaking.site
        seen = {prefix: lab_traffic.route_devices(site.router, prefix) for prefix in wanted}
        hops = {True: set(device.DEVICES), False: set()}
        assert seen == {prefix: hops[is_there] for prefix, is_there in wanted.items()}
        told = speaking.announced()
        assert {prefix: str(prefix) in told for prefix in wanted} == wanted
        return True

    wait.eventually(look, within=labs.SETTLE_SECONDS)


def replace_table(speaking: lab_speakers.Speaking, table_id: str) -> None:
    cloud, attachment_id = speaking.rig.cloud, speaking.peering.attachment_id
    cloud.call(
        "ReplaceTransitRouterRouteTableAssociation",
        TransitRouterAttachmentId=attachment_id,
        TransitRouterRouteTableId=table_id,
    )

    def is_active() -> bool:
        (shown,) = cloud.call(
            "ListTransitRouterRouteTableAssociations", TransitRouterAttachmentId=attachment_id
        )["TransitRouterAssociations"]
        return (shown["TransitRouterRouteTableId"], shown["Status"]) == (table_id, "Active")

    wait.eventually(is_active, within=labs.SETTLE_SECONDS)


def associations(speaking: lab_speakers.Speaking) -> list[tuple[str, ...]]:
    lab = speaking.rig.lab
    return [lab_processes.ike_associations(lab, each) for each in speaking.peering.tunnel_ids]


def custom_table(rig: labs.Rig) -> str:
    """A table with a static route into the VPC."""
    (vpc,) = rig.cloud.call("ListTransitRouterVpcAttachments", TransitRouterId=rig.frame.router_id)[
        "TransitRouterAttachments"
    ]
    table_id = rig.cloud.call("CreateTransitRouterRouteTable", TransitRouterId=rig.frame.router_id)[
        "TransitRouterRouteTableId"
    ]
    rig.cloud.call(
        "CreateTransitRouterRouteEntry",
        TransitRouterRouteTableId=table_id,
        **{
            f"{ENTRY}DestinationCidrBlock": str(OTHER),
            f"{ENTRY}NextHopType": "Attachment",
            f"{ENTRY}NextHopId": vpc["TransitRouterAttachmentId"],
        },
    )
    return str(table_id)


def test_a_change_of_the_table_withdraws_and_announces_without_touching_the_tunnels(
    speaking: lab_speakers.Speaking,
) -> None:
    rig, table_id = speaking.rig, custom_table(speaking.rig)
    rig.wait_settled(speaking.peering)
    speaking.switch_on()
    speaking.wait_up()
    before = associations(speaking)
    wait_learned(speaking, {SEGMENT: True, OTHER: False})
    replace_table(speaking, table_id)
    wait_learned(speaking, {SEGMENT: False, OTHER: True})

    synchronization = {"TransitRouterAttachmentId": speaking.peering.attachment_id}
    for is_on in (False, True):
        rig.cloud.call(
            "UpdateTransitRouterVpnAttachmentAttribute",
            **synchronization,
            AutoPublishRouteEnabled=is_on,
        )
        wait_learned(speaking, {SEGMENT: False, OTHER: is_on})

    replace_table(speaking, rig.frame.table_id)
    wait_learned(speaking, {SEGMENT: True, OTHER: False})
    assert speaking.statuses() == ["success", "success"]
    assert associations(speaking) == before

    # The same prefix as destination route stands before what the peer announces.
    rig.route(speaking.peering)
    network = str(speaking.site.network)

    def statuses() -> set[tuple[int, str]]:
        answer = rig.cloud.call(
            "ListTransitRouterRouteEntries",
            TransitRouterRouteTableId=rig.frame.table_id,
            TransitRouterRouteEntryStatus="All",
            **{f"{ENTRY}DestinationCidrBlock": network},
        )
        return {
            (each["PathAttributes"]["Preference"], each[f"{ENTRY}Status"])
            for each in answer["TransitRouterRouteEntries"]
        }

    wait.eventually(
        lambda: statuses() == {(40, "Active"), (50, "Candidate")}, within=labs.SETTLE_SECONDS
    )
    rig.unroute(speaking.peering)
    wait.eventually(lambda: statuses() == {(50, "Active")}, within=labs.SETTLE_SECONDS)
