"""What every driver of IKE daemons does, on two tunnels that are peers of each other."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network

import pytest

from futago.domain import crypto, ike
from futago.drivers.strongswan import daemons as strongswan
from futago.plan import failures, inquiry, intent, observation
from futago.ports import ike as ike_port
from futago.testing import eventually, ike_worlds


@pytest.fixture(params=["memory", pytest.param("lab", marks=[pytest.mark.lab, pytest.mark.slow])])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[ike_worlds.World]:
    built: ike_worlds.World = (
        ike_worlds.MemoryWorld() if request.param == "memory" else ike_worlds.LabWorld()
    )
    await built.build()
    try:
        for side in (built.left, built.right):
            side.follow()
        yield built
        for side in (built.left, built.right):
            await side.let_go()
    finally:
        await built.tear_down()


async def test_nothing_runs_before_start(world: ike_worlds.World) -> None:
    assert await world.left.facts() == observation.NO_DAEMON


async def test_start_runs_the_daemon_and_places_its_device(world: ike_worlds.World) -> None:
    began = time.perf_counter()
    await world.left.daemons.start(world.left.place)
    took = time.perf_counter() - began
    assert await world.left.facts() == observation.DaemonFacts(
        is_running=True, is_device_placed=True, loaded=None, sas=()
    )
    assert not world.has_carrier(world.left)
    assert took < 2


async def test_start_is_idempotent_and_a_new_driver_adopts(world: ike_worlds.World) -> None:
    await world.establish()
    before = await world.left.facts()
    await world.left.daemons.start(world.left.place)
    await world.left.let_go()
    world.left.daemons = world.new_driver(world.left)
    world.left.follow()
    await world.left.daemons.start(world.left.place)
    after = await world.left.facts()
    assert after.loaded == before.loaded
    assert after.sas is not None
    assert before.sas is not None
    assert [sa.unique_id for sa in after.sas] == [sa.unique_id for sa in before.sas]
    assert world.has_carrier(world.left)


async def test_loading_records_the_digest(world: ike_worlds.World) -> None:
    await world.left.start_and_load()
    assert (await world.left.facts()).loaded == world.left.tunnel.digest


async def test_initiating_brings_both_sides_up_and_tells(world: ike_worlds.World) -> None:
    await world.establish()
    for side in (world.left, world.right):
        assert (await side.facts()).is_ike_established
        await side.told(ike_port.IkeEventKind.SA_CHANGED)
        assert not side.reasons()


async def test_initiating_what_is_up_changes_nothing(world: ike_worlds.World) -> None:
    await world.establish()
    await world.left.daemons.initiate(world.left.place)
    await world.right.daemons.initiate(world.right.place)
    assert await world.children() == [(1, True)] * 2


async def test_a_wrong_key_is_named_and_brings_no_child(world: ike_worlds.World) -> None:
    await world.left.start_and_load(ike_worlds.PSK)
    await world.right.start_and_load(ike_worlds.OTHER_PSK)
    await world.left.daemons.initiate(world.left.place)
    await world.left.gave(failures.FailureCode.PSK_OR_PEER_ID_MISMATCH)
    await world.right.gave(failures.FailureCode.PSK_MISMATCH)
    assert await world.children() == [(0, False)] * 2
    secret_texts = (ike_worlds.PSK.reveal(), ike_worlds.OTHER_PSK.reveal())
    for event in world.left.events + world.right.events:
        assert not any(secret in event.message for secret in secret_texts)


async def test_no_answer_is_named(world: ike_worlds.World) -> None:
    await world.left.start_and_load()
    await world.left.daemons.initiate(world.left.place)
    await world.left.gave(failures.FailureCode.NO_RESPONSE)


async def set_up(
    world: ike_worlds.World, ours: intent.TunnelIntent, theirs: intent.TunnelIntent
) -> None:
    world.left.tunnel, world.right.tunnel = ours, theirs
    for side in (world.left, world.right):
        await side.start_and_load()


async def test_an_inquiry_tells_what_a_peer_is_set_to_that_only_refuses(
    world: ike_worlds.World,
) -> None:
    strong = ike.IkeProfile(
        encryption=crypto.Encryption.AES256,
        integrity=crypto.Integrity.SHA384,
        dh_group=crypto.DhGroup.GROUP14,
    )
    ours = world.left.tunnel
    await set_up(world, ours, replace(world.right.tunnel, ike_profile=strong))
    (answer,) = await world.left.daemons.inquire(world.left.place, ours)
    assert answer.outcome is inquiry.Outcome.ACCEPTED
    assert answer.chosen == inquiry.own_proposal(world.right.tunnel)
    assert await world.children() == [(0, False)] * 2


async def test_an_inquiry_finds_the_version_that_a_peer_speaks(world: ike_worlds.World) -> None:
    version_1 = ike.IkeProfile(version=crypto.IkeVersion.IKEV1)
    ours = world.left.tunnel
    await set_up(world, ours, replace(world.right.tunnel, ike_profile=version_1))
    first, second = await world.left.daemons.inquire(world.left.place, ours)
    assert first.outcome is inquiry.Outcome.REFUSED
    assert second.version is crypto.IkeVersion.IKEV1
    assert second.chosen == inquiry.own_proposal(world.right.tunnel)


async def test_an_inquiry_of_nobody_is_silence(world: ike_worlds.World) -> None:
    await world.left.start_and_load()
    (answer,) = await world.left.daemons.inquire(world.left.place, world.left.tunnel)
    assert answer.outcome is inquiry.Outcome.SILENT


@pytest.mark.parametrize("version", crypto.IkeVersion)
async def test_a_rehearsal_tells_which_child_a_peer_accepts_and_leaves_nothing(
    world: ike_worlds.World, version: crypto.IkeVersion
) -> None:
    profile = ike.IkeProfile(version=version)
    other = ike.EspProfile(encryption=crypto.Encryption.AES256, integrity=crypto.Integrity.SHA512)
    ours = replace(world.left.tunnel, ike_profile=profile)
    await set_up(world, ours, replace(world.right.tunnel, ike_profile=profile, esp_profile=other))
    accepted = await world.left.daemons.rehearse_child(
        world.left.place, ours, inquiry.Question.CHILD
    )
    assert accepted is not None
    assert accepted.chosen.encryption == ("aes256",)
    assert accepted.chosen.integrity == ("sha512",)
    assert (accepted.local_ts, accepted.remote_ts) == ("0.0.0.0/0", "0.0.0.0/0")
    await eventually.eventually(world.children, lambda seen: seen == [(0, False)] * 2)
    assert (await world.left.facts()).sas == ()
    assert (await world.left.facts()).loaded == ours.digest


async def test_a_rehearsal_tells_whether_a_peer_has_the_other_mode(
    world: ike_worlds.World,
) -> None:
    main = ike.IkeProfile(version=crypto.IkeVersion.IKEV1)
    aggressive = replace(main, mode=crypto.IkeMode.AGGRESSIVE)
    ours = replace(world.left.tunnel, ike_profile=main)
    await set_up(world, ours, replace(world.right.tunnel, ike_profile=aggressive))
    assert await world.left.daemons.rehearse_mode(world.left.place, ours)
    await set_up(world, ours, replace(world.right.tunnel, ike_profile=main))
    assert not await world.left.daemons.rehearse_mode(world.left.place, ours)


async def test_a_renewal_tells_of_another_group_and_keeps_the_child(
    world: ike_worlds.World,
) -> None:
    other = ike.EspProfile(pfs=crypto.DhGroup.GROUP14)
    world.right.tunnel = replace(world.right.tunnel, esp_profile=other)
    await world.establish()
    await world.left.daemons.renew_child(world.left.place)
    await world.left.gave(failures.FailureCode.PFS_MISMATCH)
    assert await world.children() == [(1, True)] * 2


async def test_a_renewal_by_the_peer_tells_both_groups_while_the_tunnel_is_up(
    world: ike_worlds.World,
) -> None:
    other = ike.EspProfile(pfs=crypto.DhGroup.GROUP14)
    world.right.tunnel = replace(world.right.tunnel, esp_profile=other)
    await world.establish()
    await world.right.daemons.renew_child(world.right.place)
    await world.left.gave(failures.FailureCode.PFS_MISMATCH)
    assert await world.children() == [(1, True)] * 2


async def test_a_renewal_replaces_the_child_without_a_gap(world: ike_worlds.World) -> None:
    await world.establish()
    await world.left.daemons.renew_child(world.left.place)
    assert not world.left.reasons()
    assert await world.children() == [(1, True)] * 2


@pytest.mark.parametrize("includes_ike", [False, True])
async def test_a_renewal_that_is_asked_for_brings_others(
    world: ike_worlds.World, *, includes_ike: bool
) -> None:
    assert not await started_only(world, includes_ike=includes_ike)
    await world.establish()
    before = {sa.unique_id for sa in (await world.left.facts()).sas or ()}
    assert await world.left.daemons.rekey(world.left.place, includes_ike=includes_ike)
    await eventually.eventually(world.children, lambda seen: seen == [(1, True)] * 2)
    if isinstance(world, ike_worlds.LabWorld):
        after = {sa.unique_id for sa in (await world.left.facts()).sas or ()}
        assert bool(before & after) is not includes_ike


async def started_only(world: ike_worlds.World, *, includes_ike: bool) -> bool:
    """Ask a daemon for a renewal that has nothing to renew."""
    await world.left.daemons.start(world.left.place)
    return await world.left.daemons.rekey(world.left.place, includes_ike=includes_ike)


async def test_a_renewal_that_the_peer_refuses_leaves_what_is_there(
    world: ike_worlds.World,
) -> None:
    other = ike.EspProfile(pfs=crypto.DhGroup.GROUP14)
    world.right.tunnel = replace(world.right.tunnel, esp_profile=other)
    await world.establish()
    assert not await world.left.daemons.rekey(world.left.place, includes_ike=False)
    assert await world.children() == [(1, True)] * 2


async def test_a_protected_message_of_the_peer_is_a_sign_of_life(world: ike_worlds.World) -> None:
    left = world.left
    assert await left.daemons.last_heard(left.place) is None
    await world.establish()
    await left.daemons.renew_child(left.place)

    async def heard() -> bool:
        at = await left.daemons.last_heard(left.place)
        return at is not None and abs(datetime.now(UTC) - at) < timedelta(seconds=5)

    await eventually.eventually(heard, bool)


async def test_terminating_closes_both_sides_and_says_why(world: ike_worlds.World) -> None:
    await world.establish()
    world.right.events.clear()
    await world.left.daemons.terminate(world.left.place)
    assert (await world.left.facts()).sas == ()
    await eventually.eventually(world.children, lambda seen: seen == [(0, False)] * 2)
    await world.right.gave(failures.FailureCode.RECEIVE_DELETE_NOTIFY)


async def test_a_closed_tunnel_comes_up_again(world: ike_worlds.World) -> None:
    await world.establish()
    await world.left.daemons.terminate(world.left.place)
    await world.right.daemons.initiate(world.right.place)
    await eventually.eventually(world.children, lambda seen: seen == [(1, True)] * 2)


async def test_loading_the_same_or_a_change_keeps_the_sa(world: ike_worlds.World) -> None:
    await world.establish()
    before = (await world.left.facts()).sas
    changed = replace(world.left.tunnel, esp_profile=ike.EspProfile(lifetime=timedelta(hours=1)))
    for tunnel in (world.left.tunnel, changed):
        await world.left.daemons.load(world.left.place, tunnel, ike_worlds.PSK)
        facts = await world.left.facts()
        assert facts.loaded == tunnel.digest
        assert before is not None
        assert [sa.unique_id for sa in facts.sas or ()] == [sa.unique_id for sa in before]
        assert await world.children() == [(1, True)] * 2


async def test_a_new_key_counts_from_the_next_negotiation_on(world: ike_worlds.World) -> None:
    await world.left.start_and_load(ike_worlds.PSK)
    await world.right.start_and_load(ike_worlds.OTHER_PSK)
    await world.right.daemons.load(world.right.place, world.right.tunnel, ike_worlds.PSK)
    await world.left.daemons.initiate(world.left.place)
    await eventually.eventually(world.children, lambda seen: seen == [(1, True)] * 2)


async def test_a_killed_daemon_is_reported_and_started_anew(world: ike_worlds.World) -> None:
    await world.establish()
    world.kill(world.left)
    await world.left.told(ike_port.IkeEventKind.DAEMON_GONE)
    assert await world.left.facts() == replace(observation.NO_DAEMON, was_up=True)
    assert not world.has_carrier(world.left)
    await world.left.daemons.start(world.left.place)
    assert await world.left.facts() == observation.DaemonFacts(
        is_running=True, is_device_placed=True, loaded=None, sas=(), was_up=True
    )


async def test_that_a_killed_daemon_was_up_is_known_until_it_is_up_again(
    world: ike_worlds.World,
) -> None:
    await world.establish()
    await world.left.daemons.terminate(world.left.place)
    world.kill(world.left)
    await world.left.told(ike_port.IkeEventKind.DAEMON_GONE)
    assert not (await world.left.facts()).was_up
    await world.left.start_and_load()
    await world.left.daemons.initiate(world.left.place)
    await eventually.eventually(world.children, lambda seen: seen == [(1, True)] * 2)
    world.left.events.clear()
    world.kill(world.left)
    await world.left.told(ike_port.IkeEventKind.DAEMON_GONE)
    await world.left.let_go()
    world.left.daemons = world.new_driver(world.left)
    world.left.follow()
    assert (await world.left.facts()).was_up
    await world.left.start_and_load()
    assert (await world.left.facts()).was_up
    await world.left.daemons.initiate(world.left.place)

    async def is_forgotten() -> bool:
        return not (await world.left.facts()).was_up

    await eventually.eventually(is_forgotten, bool)


@pytest.mark.parametrize("keeps_ike", [True, False])
async def test_renewing_replaces_what_carries_without_a_moment_in_between(
    world: ike_worlds.World, keeps_ike: bool
) -> None:
    await world.establish()
    before = (await world.left.facts()).sas
    assert before
    profile = replace(world.left.tunnel.esp_profile, lifetime=timedelta(hours=2))
    changed = replace(world.left.tunnel, esp_profile=profile)
    if not keeps_ike:
        changed = replace(world.left.tunnel, dpd=False)
    carriers: list[bool] = []

    async def watch() -> None:
        while True:
            carriers.append(world.has_carrier(world.left))
            await asyncio.sleep(0.005)

    watching = asyncio.create_task(watch())
    await world.left.daemons.load(world.left.place, changed, ike_worlds.PSK)
    await world.left.daemons.replace_sas(world.left.place, changed, keeps_ike=keeps_ike)
    await eventually.eventually(world.children, lambda seen: seen == [(1, True)] * 2)
    watching.cancel()
    after = (await world.left.facts()).sas
    assert after
    if isinstance(world, ike_worlds.LabWorld):
        same = {sa.unique_id for sa in before} & {sa.unique_id for sa in after}
        assert bool(same) is keeps_ike
    assert all(carriers)


async def test_renewing_what_the_peer_does_not_want_closes_the_old_all_the_same(
    world: ike_worlds.World,
) -> None:
    await world.establish()
    profile = replace(world.left.tunnel.ike_profile, encryption=crypto.Encryption.AES256)
    changed = replace(world.left.tunnel, ike_profile=profile)
    await world.left.daemons.load(world.left.place, changed, ike_worlds.PSK)
    await world.left.daemons.replace_sas(world.left.place, changed, keeps_ike=False)
    await eventually.eventually(world.children, lambda seen: seen == [(0, False)] * 2)


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.parametrize("world", ["lab"], indirect=True)
async def test_the_device_of_a_new_daemon_has_number_and_address_of_the_old_one(
    world: ike_worlds.LabWorld,
) -> None:
    await world.left.daemons.start(world.left.place)
    before = world.device_facts(world.left)
    assert before[1] == ["169.254.0.1/32"]
    world.kill(world.left)
    await world.left.told(ike_port.IkeEventKind.DAEMON_GONE)
    await world.left.daemons.start(world.left.place)
    assert world.device_facts(world.left) == before


async def test_stopping_leaves_nothing_and_tells_the_peer(world: ike_worlds.World) -> None:
    await world.establish()
    await world.left.daemons.stop(world.left.place)
    assert world.leftovers(world.left) == []
    assert await world.left.facts() == observation.NO_DAEMON
    await eventually.eventually(world.children, lambda seen: seen == [(0, False)] * 2)
    assert ike_port.IkeEventKind.DAEMON_GONE not in world.left.kinds()


async def test_a_daemon_that_hangs_is_found_and_can_be_ended(world: ike_worlds.World) -> None:
    left = world.left
    assert await left.daemons.answers(left.place), "what does not run does not hang"
    await world.establish()
    assert await left.daemons.answers(left.place)
    assert set((await left.daemons.carried(left.place)).values()) == {0}
    world.freeze(left)
    assert not await left.daemons.answers(left.place)
    facts = await left.facts()
    assert facts.is_running
    assert facts.sas is None
    await left.daemons.kill(left.place)
    await left.told(ike_port.IkeEventKind.DAEMON_GONE)
    assert await left.facts() == replace(observation.NO_DAEMON, was_up=True)


async def test_an_armed_tunnel_tells_of_packets_and_routes_lead_to_it(
    world: ike_worlds.World,
) -> None:
    left = world.left
    for side in (left, world.right):
        await side.start_and_load()
    await left.daemons.arm(left.place)
    assert (await left.facts()).is_armed
    assert world.has_carrier(left)
    assert ike_port.IkeEventKind.TRAFFIC not in left.kinds()
    world.send(left)
    await left.told(ike_port.IkeEventKind.TRAFFIC)
    assert (await left.facts()).is_armed
    await left.daemons.initiate(left.place)
    await eventually.eventually(world.children, lambda seen: seen == [(1, True)] * 2)
    await left.daemons.disarm(left.place)
    assert world.has_carrier(left), "a child SA keeps the carrier"
    assert not (await left.facts()).is_armed


async def test_a_disarmed_tunnel_takes_no_packets(world: ike_worlds.World) -> None:
    left = world.left
    await left.start_and_load()
    for _ in range(2):
        await left.daemons.arm(left.place)
    await left.daemons.disarm(left.place)
    assert not world.has_carrier(left)
    world.send(left)
    assert ike_port.IkeEventKind.TRAFFIC not in left.kinds()
    await left.daemons.arm(left.place)
    await left.daemons.stop(left.place)
    assert world.leftovers(left) == []


async def test_several_prefixes_are_one_child_sa_and_leave_nothing(
    world: ike_worlds.World,
) -> None:
    near = (IPv4Network("10.1.0.0/16"), IPv4Network("10.2.3.4/32"))
    # The peer's own address is among them: its IKE packets must not go into the tunnel.
    far = (IPv4Network("192.168.10.0/24"), IPv4Network(ike_worlds.ADDRESSES[1]))
    for side, local_ts, remote_ts in ((world.left, near, far), (world.right, far, near)):
        side.tunnel = replace(side.tunnel, local_ts=local_ts, remote_ts=remote_ts)
    await world.establish()
    await world.left.daemons.terminate(world.left.place)
    await eventually.eventually(world.children, lambda seen: seen == [(0, False)] * 2)
    await world.left.daemons.initiate(world.left.place)
    await eventually.eventually(world.children, lambda seen: seen == [(1, True)] * 2)
    await world.left.daemons.stop(world.left.place)
    assert world.leftovers(world.left) == []
    await eventually.eventually(world.children, lambda seen: seen == [(0, False)] * 2)


async def test_stopping_what_does_not_run_is_a_no_op(world: ike_worlds.World) -> None:
    await world.left.daemons.stop(world.left.place)
    assert world.leftovers(world.left) == []


@pytest.mark.parametrize("mode", crypto.IkeMode)
async def test_version_1_comes_up_with_names_as_identities(
    world: ike_worlds.World, mode: crypto.IkeMode
) -> None:
    names = [ike.Identity.parse("left.example"), ike.Identity.parse("right.example")]
    profile = ike.IkeProfile(version=crypto.IkeVersion.IKEV1, mode=mode)
    for side, own, peer in ((world.left, *names), (world.right, *reversed(names))):
        side.tunnel = replace(
            side.tunnel, ike_profile=profile, local_identity=own, remote_identity=peer
        )
    await world.establish()


@pytest.mark.parametrize("version", crypto.IkeVersion)
async def test_a_peer_that_authenticates_is_told_of_and_one_that_renews_is_not(
    world: ike_worlds.World, version: crypto.IkeVersion
) -> None:
    profile = ike.IkeProfile(version=version)
    for side in (world.left, world.right):
        side.tunnel = replace(side.tunnel, ike_profile=profile)
    await world.establish()
    for side in (world.left, world.right):
        await side.told(ike_port.IkeEventKind.AUTHENTICATED)
        side.events.clear()
    await world.left.daemons.renew_child(world.left.place)
    await world.left.daemons.observe(world.left.place)
    assert ike_port.IkeEventKind.AUTHENTICATED not in world.left.kinds()
    await world.left.daemons.terminate(world.left.place)
    await world.right.daemons.initiate(world.right.place)
    await world.left.told(ike_port.IkeEventKind.AUTHENTICATED)


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.parametrize("world", ["lab"], indirect=True)
async def test_packets_pass_between_the_cleartext_devices(world: ike_worlds.LabWorld) -> None:
    await world.establish()
    for side, address in ((world.left, "10.9.0.1"), (world.right, "10.9.0.2")):
        namespace, name = str(side.place.router_namespace), side.place.device
        ike_worlds.run("ip", "-n", namespace, "addr", "add", f"{address}/30", "dev", name)
    namespace = str(world.left.place.router_namespace)
    shown = await asyncio.to_thread(
        ike_worlds.run, "ip", "netns", "exec", namespace, "ping", "-c1", "-W2", "10.9.0.2"
    )
    assert "1 received" in shown


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.parametrize("world", ["lab"], indirect=True)
async def test_a_daemon_that_an_agent_left_half_started_is_completed(
    world: ike_worlds.LabWorld,
) -> None:
    await world.establish()
    place = world.left.place
    pid_file = world.pid_file(world.left)
    before = pid_file.read_text()
    pid_file.unlink()
    await world.left.let_go()
    world.left.daemons = world.new_driver(world.left)
    world.left.follow()
    assert not (await world.left.facts()).is_running
    await world.left.daemons.start(place)
    assert pid_file.read_text() == before
    assert await world.children() == [(1, True)] * 2


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.parametrize("world", ["lab"], indirect=True)
async def test_a_recycled_process_id_is_not_mistaken_for_the_daemon(
    world: ike_worlds.LabWorld,
) -> None:
    await world.left.daemons.start(world.left.place)
    await world.left.let_go()
    pid_file = world.pid_file(world.left)
    pid_file.write_text(f"{os.getpid()} 12345\n")
    world.left.daemons = world.new_driver(world.left)
    world.left.follow()
    assert not (await world.left.facts()).is_running


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.parametrize("world", ["lab"], indirect=True)
async def test_what_a_crashing_peer_leaves_behind_does_not_pile_up(
    world: ike_worlds.LabWorld,
) -> None:
    await world.establish()
    for _ in range(2):
        world.right.events.clear()
        world.kill(world.right)
        await world.right.told(ike_port.IkeEventKind.DAEMON_GONE)
        await world.right.start_and_load()
        await world.right.daemons.initiate(world.right.place)
        await eventually.eventually(world.children, lambda seen: seen[1] == (1, True))
    await eventually.eventually(world.children, lambda seen: seen[0] == (2, True))


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.parametrize("world", ["lab"], indirect=True)
async def test_the_log_is_not_followed_while_a_child_sa_is_up(world: ike_worlds.LabWorld) -> None:
    await world.establish()
    await world.left.told(ike_port.IkeEventKind.SA_CHANGED)
    left = world.left.daemons
    assert isinstance(left, strongswan.StrongswanDaemons)

    async def is_following() -> bool:
        return left._daemons[world.left.place.tunnel_id]._is_logging

    await eventually.eventually(is_following, lambda seen: not seen)
    await left.terminate(world.left.place)
    await eventually.eventually(is_following, lambda seen: seen)


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.parametrize("world", ["lab"], indirect=True)
async def test_no_key_is_in_any_file(world: ike_worlds.LabWorld) -> None:
    await world.establish()
    assert world.exposed(ike_worlds.PSK.reveal()) == []
