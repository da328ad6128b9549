"""The walk between two addresses against the kernel: only what it calls broken loses pings.

Each situation is made through the API or at the data center; then a host pings, and the named hop
is the one that was broken. The default run has some of them, `make long` all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from futago.devices import linux_routing
from futago.domain import ids
from futago.lab import netns, record, wait
from futago.plan import checkups, paths, places
from futago.testing import lab_processes, lab_speakers, labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]

Code = paths.PathCode
Hop = paths.Hop
ENTRY = "TransitRouterRouteEntry"
STRANGE = IPv4Address("192.168.240.1")
PUBLIC = IPv4Address("100.127.0.1")
RECEIVED = re.compile(r"(\d+) received")


@dataclass(frozen=True)
class Between:
    """A VPC host, a data center host, and the connection between them."""

    rig: labs.Rig
    peering: labs.Peering

    @property
    def near(self) -> IPv4Address:
        return self.rig.frame.host.address

    @property
    def far(self) -> IPv4Address:
        return self.peering.site.host_address

    def test(self, source: IPv4Address, destination: IPv4Address) -> Any:
        return self.rig.cloud.call(
            "TestPath",
            VpnConnectionId=self.peering.connection_id,
            Source=str(source),
            Destination=str(destination),
        )

    def ping(self, source: IPv4Address, destination: IPv4Address) -> int:
        """Count answers; the host with the source address sends."""
        host = self.rig.frame.host.namespace
        namespace = host if source == self.near else self.peering.site.host
        words = ["ping", "-c", "2", "-i", "0.2", "-W", "1", str(destination)]
        shown = labs.run_inside(namespace, ["sh", "-c", '"$@" || true', "sh", *words])
        found = RECEIVED.search(shown)
        return int(found.group(1)) if found else 0

    def wait_good(self) -> None:
        """Wait until the walk and the kernel both let packets pass."""

        def look() -> bool:
            seen = self.test(self.near, self.far)
            if seen["Verdict"] != "passes":
                raise wait.NotYet(f"{seen['FirstBroken']}")
            return self.ping(self.near, self.far) > 0

        wait.eventually(look, within=labs.SETTLE_SECONDS)

    def wait_broken(self, hop: paths.Hop, code: paths.PathCode, ends: Any = None) -> None:
        """Wait until the walk names a hop; the kernel loses everything then."""
        source, destination = ends or (self.near, self.far)

        def look() -> bool:
            seen = self.test(source, destination)
            broken = seen["FirstBroken"]
            if (broken.get("Hop"), broken.get("Code")) != (hop.value, code.value):
                raise wait.NotYet(f"{broken}, not {hop} {code}")
            if source in (self.near, self.far) and self.ping(source, destination):
                raise wait.NotYet("the walk says broken, and pings are answered")
            return True

        wait.eventually(look, within=labs.SETTLE_SECONDS)

    @contextmanager
    def bound(self, undo: str, redo: str, attachment_id: str) -> Iterator[None]:
        """Take a binding of an attachment away for the time of a block."""
        names = {
            "TransitRouterAttachmentId": attachment_id,
            "TransitRouterRouteTableId": self.rig.frame.table_id,
        }
        self.rig.cloud.call(undo, **names)
        try:
            yield
        finally:
            wait.eventually(lambda: self._redo(redo, names), within=labs.SETTLE_SECONDS)

    def _redo(self, action: str, names: dict[str, str]) -> bool:
        try:
            self.rig.cloud.call(action, **names)
        except Exception as exc:
            raise wait.NotYet(str(exc)) from exc
        return True

    def dissociated(self, attachment_id: str) -> AbstractContextManager[None]:
        return self.bound(
            "DissociateTransitRouterAttachmentFromRouteTable",
            "AssociateTransitRouterAttachmentWithRouteTable",
            attachment_id,
        )

    def unlearned(self, attachment_id: str) -> AbstractContextManager[None]:
        return self.bound(
            "DisableTransitRouterRouteTablePropagation",
            "EnableTransitRouterRouteTablePropagation",
            attachment_id,
        )

    @contextmanager
    def entry(self, prefix: object, attachment_id: str | None = None) -> Iterator[None]:
        values = {
            "TransitRouterRouteTableId": self.rig.frame.table_id,
            f"{ENTRY}DestinationCidrBlock": str(prefix),
            f"{ENTRY}NextHopType": "Attachment" if attachment_id else "BlackHole",
            **({f"{ENTRY}NextHopId": attachment_id} if attachment_id else {}),
        }
        self.rig.cloud.call("CreateTransitRouterRouteEntry", **values)
        try:
            yield
        finally:
            self.rig.cloud.call("DeleteTransitRouterRouteEntry", **values)

    @contextmanager
    def unrouted(self) -> Iterator[None]:
        self.rig.unroute(self.peering)
        try:
            yield
        finally:
            self.rig.route(self.peering)

    @contextmanager
    def cut(self, *numbers: int) -> Iterator[None]:
        """Lose tunnels for the time of a block."""
        try:
            for number in numbers:
                self.rig.cut(self.peering, number)
                lab_processes.terminate(self.rig.lab, self.peering.tunnel_ids[number - 1])
            yield
        finally:
            self.rig.restore(self.peering)

    @property
    def vpc_attachment(self) -> str:
        listed = self.rig.cloud.call(
            "ListTransitRouterVpcAttachments", TransitRouterId=self.rig.frame.router_id
        )["TransitRouterAttachments"]
        return next(
            str(each["TransitRouterAttachmentId"])
            for each in listed
            if each["VpcId"] == self.rig.frame.vpc_id
        )


Situation = tuple[Callable[[Between], AbstractContextManager[None]], paths.Hop, paths.PathCode]
SHORT: dict[str, Situation] = {
    "the VPC has no association": (
        lambda way: way.dissociated(way.vpc_attachment),
        Hop.ASSOCIATION,
        Code.NO_ASSOCIATION,
    ),
    "a blackhole takes it there": (
        lambda way: way.entry(f"{way.far}/32"),
        Hop.ROUTE,
        Code.BLACKHOLE,
    ),
    "there is no destination route": (lambda way: way.unrouted(), Hop.ROUTE, Code.NO_ROUTE),
}
LONG: dict[str, Situation] = {
    "the VPC does not propagate": (
        lambda way: way.unlearned(way.vpc_attachment),
        Hop.ROUTE,
        Code.NOT_PROPAGATED,
    ),
    "the connection has no association": (
        lambda way: way.dissociated(way.peering.attachment_id),
        Hop.ASSOCIATION,
        Code.NO_ASSOCIATION,
    ),
    "the connection does not propagate": (
        lambda way: way.unlearned(way.peering.attachment_id),
        Hop.ROUTE,
        Code.NOT_PROPAGATED,
    ),
    "a blackhole takes it back": (
        lambda way: way.entry(f"{way.near}/32"),
        Hop.ROUTE,
        Code.BLACKHOLE,
    ),
    "a blackhole around it takes it back": (
        lambda way: way.entry(IPv4Network(f"{way.near}/25", strict=False)),
        Hop.ROUTE,
        Code.BLACKHOLE,
    ),
    "an entry leads it into the VPC": (
        lambda way: way.entry(f"{way.far}/32", way.vpc_attachment),
        Hop.ROUTE,
        Code.OTHER_NEXT_HOP,
    ),
    "an entry leads it back into the tunnels": (
        lambda way: way.entry(f"{way.near}/32", way.peering.attachment_id),
        Hop.ROUTE,
        Code.OTHER_NEXT_HOP,
    ),
    "both tunnels are down": (lambda way: way.cut(1, 2), Hop.TUNNEL, Code.TUNNELS_DOWN),
}


def go_through(
    way: Between, situations: dict[str, Situation], *, turns_around: bool = True
) -> None:
    way.wait_good()
    for name, (make, hop, code) in situations.items():
        with make(way):
            try:
                way.wait_broken(hop, code)
                if turns_around:
                    way.wait_broken(hop, code, (way.far, way.near))
            except wait.TooLate as exc:
                raise AssertionError(f"{name}: {exc}") from exc
        way.wait_good()


def test_broken_hops_are_those_of_the_kernel(rig: labs.Rig, peering: labs.Peering) -> None:
    way = Between(rig, peering)
    go_through(way, SHORT, turns_around=False)
    nowhere = (way.near, STRANGE)
    way.wait_broken(Hop.ROUTE, Code.NO_ROUTE, nowhere)
    kept = (way.near, PUBLIC)
    assert way.test(*kept)["FirstBroken"]["Hop"] in (Hop.VPC_ATTACHMENT.value, Hop.ROUTE.value)
    assert not way.ping(*kept)
    diagnose(way)


def diagnose(way: Between) -> None:
    """Have the node send real packets between the two, and to the customer gateways."""
    names = {"VpnConnectionId": way.peering.connection_id}
    names["DiagnoseId"] = way.rig.cloud.call(
        "StartConnectionDiagnosis",
        **names,
        PrivateSourceIp=str(way.near),
        PrivateDestinationIp=str(way.far),
    )["DiagnoseId"]

    def look() -> dict[str, Any]:
        seen = way.rig.cloud.call("GetConnectionDiagnosis", **names)
        if seen["FinishedCount"] != seen["TotalCount"]:
            raise wait.NotYet(f"{seen}")
        return {each["DiagnoseName"]: each for each in seen["DiagnoseResult"]}

    found = wait.eventually(look, within=labs.SETTLE_SECONDS)
    # A device that sends everything into its tunnels answers no pings outside, as the lab's does.
    assert found[checkups.OUTSIDE]["DiagnoseResultLevel"] == "normal", found[checkups.OUTSIDE]
    inside = found[checkups.INSIDE]
    assert inside["DiagnoseResultLevel"] == "normal", inside
    assert float(inside["Seen"][0]["rtt"]) >= 0, inside


@pytest.mark.long
def test_all_broken_hops_are_those_of_the_kernel(rig: labs.Rig) -> None:
    with ExitStack() as stack:
        one = rig.connect(rig.new_site())
        stack.callback(rig.disconnect, one)
        rig.wait_up(one)
        way = Between(rig, one)
        go_through(way, SHORT | LONG)
        with way.cut(1):
            # The other tunnel carries, and is the only choice.
            def alone() -> bool:
                seen = way.test(way.near, way.far)
                (choice,) = (each for each in seen["There"] if each["Hop"] == "tunnel")
                carrying = [each["TunnelId"] for each in choice["Choices"] if each["Carries"]]
                if seen["Verdict"] != "passes" or carrying != [one.tunnel_ids[1]]:
                    raise wait.NotYet(f"{seen}")
                return way.ping(way.near, way.far) > 0

            wait.eventually(alone, within=labs.SETTLE_SECONDS)
        way.wait_good()
        away_from_vswitches(way)
        speaking(rig, way)


def away_from_vswitches(way: Between) -> None:
    """Look for addresses that are in no vSwitch, or in a VPC that is attached nowhere."""
    rig = way.rig
    lost = (way.far, IPv4Address("10.20.99.9"))
    way.wait_broken(Hop.VSWITCH, Code.NO_VSWITCH, (lost[1], way.far))
    assert not way.ping(*lost)
    vpc_id = rig.cloud.call("CreateVpc", CidrBlock="10.66.0.0/16")["VpcId"]
    zone = rig.cloud.call("DescribeZones")["Zones"]["Zone"][0]["ZoneId"]
    vswitch_id = rig.cloud.call(
        "CreateVSwitch", VpcId=vpc_id, CidrBlock="10.66.0.0/24", ZoneId=zone
    )["VSwitchId"]
    way.wait_broken(Hop.VPC_ATTACHMENT, Code.VPC_NOT_ATTACHED, (IPv4Address("10.66.0.10"), way.far))
    place = places.VpcPlace.of(rig.mark, ids.VpcId(vpc_id))
    wait.eventually(lambda: netns.exists(place.namespace), within=labs.SETTLE_SECONDS)
    assert not way.ping(way.far, IPv4Address("10.66.0.253"))
    rig.cloud.call("DeleteVSwitch", VSwitchId=vswitch_id)
    rig.cloud.call("DeleteVpc", VpcId=vpc_id)


def speaking(rig: labs.Rig, other: Between) -> None:
    """Break what only BGP has."""
    bgp = record.SiteBgp(asn=lab_speakers.ASN, daemon=linux_routing.RoutingDaemon.BIRD)
    made = lab_speakers.connect(rig, bgp)
    try:
        made.wait_up()
        way = Between(rig, made.peering)
        way.wait_good()
        synchronize(way, is_on=False)
        way.wait_broken(Hop.BGP, Code.NOT_ANNOUNCED)
        synchronize(way, is_on=True)
        way.wait_good()
        made.announce([IPv4Network("100.64.7.0/24")])
        way.wait_broken(Hop.BGP, Code.REFUSED, (way.near, IPv4Address("100.64.7.7")))
        # From one data center to the other.
        between = (way.far, other.far)
        seen = other.test(*between)["FirstBroken"]
        assert (seen["Hop"], seen["Code"]) == ("vpn-attachment", Code.VPN_TO_VPN.value), seen
        made.change_key("another-key-of-bgp")
        way.wait_broken(Hop.BGP, Code.BGP_DOWN)
    finally:
        made.disconnect()


def synchronize(way: Between, *, is_on: bool) -> None:
    way.rig.cloud.call(
        "UpdateTransitRouterVpnAttachmentAttribute",
        TransitRouterAttachmentId=way.peering.attachment_id,
        AutoPublishRouteEnabled=is_on,
    )
