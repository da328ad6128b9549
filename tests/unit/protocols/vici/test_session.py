"""A VICI conversation, packet by packet."""

from __future__ import annotations

import pytest

from futago.protocols.vici import faults, messages, packets, session


def packet(kind: packets.PacketKind, name: str = "", **values: bytes) -> bytes:
    return packets.render(packets.Packet(kind=kind, name=name, body=messages.render(values)))


def sent(conversation: session.Session) -> list[tuple[packets.PacketKind, str]]:
    found = packets.Framer().feed(conversation.take_output())
    return [(one.kind, one.name) for one in found]


def test_requests_go_out_one_at_a_time_and_in_order() -> None:
    conversation = session.Session()
    first, second = conversation.request("version"), conversation.request("stats")
    assert sent(conversation) == [(packets.PacketKind.CMD_REQUEST, "version")]
    answer = packet(packets.PacketKind.CMD_RESPONSE, daemon=b"charon")
    assert conversation.feed(answer) == [
        session.Replied(ticket=first, message={"daemon": b"charon"})
    ]
    assert sent(conversation) == [(packets.PacketKind.CMD_REQUEST, "stats")]
    assert conversation.feed(packet(packets.PacketKind.CMD_UNKNOWN)) == [
        session.Refused(ticket=second, name="stats")
    ]


def test_a_list_is_collected_until_its_response() -> None:
    conversation = session.Session()
    ticket = conversation.request("list-sas", stream="list-sa")
    assert sent(conversation) == [(packets.PacketKind.EVENT_REGISTER, "list-sa")]
    assert conversation.feed(packet(packets.PacketKind.EVENT_CONFIRM)) == []
    assert sent(conversation) == [(packets.PacketKind.CMD_REQUEST, "list-sas")]
    stream = packet(packets.PacketKind.EVENT, "list-sa", uniqueid=b"1")
    stream += packet(packets.PacketKind.EVENT, "list-sa", uniqueid=b"2")
    stream += packet(packets.PacketKind.CMD_RESPONSE)
    assert conversation.feed(stream) == [
        session.Replied(
            ticket=ticket, message={}, streamed=({"uniqueid": b"1"}, {"uniqueid": b"2"})
        )
    ]


def test_a_stream_is_registered_once() -> None:
    conversation = session.Session()
    conversation.request("list-sas", stream="list-sa")
    conversation.feed(packet(packets.PacketKind.EVENT_CONFIRM))
    conversation.feed(packet(packets.PacketKind.CMD_RESPONSE))
    conversation.take_output()
    conversation.request("list-sas", stream="list-sa")
    assert sent(conversation) == [(packets.PacketKind.CMD_REQUEST, "list-sas")]


def test_events_come_between_request_and_answer() -> None:
    conversation = session.Session()
    ticket = conversation.register("log")
    assert conversation.feed(packet(packets.PacketKind.EVENT_CONFIRM)) == [
        session.Replied(ticket=ticket, message={})
    ]
    conversation.request("version")
    outcomes = conversation.feed(packet(packets.PacketKind.EVENT, "log", msg=b"hello"))
    assert outcomes == [session.Happened(name="log", message={"msg": b"hello"})]


def test_an_unknown_event_is_refused() -> None:
    conversation = session.Session()
    ticket = conversation.unregister("nonsense")
    assert conversation.feed(packet(packets.PacketKind.EVENT_UNKNOWN)) == [
        session.Refused(ticket=ticket, name="nonsense")
    ]


def test_an_answer_without_a_question_is_a_fault() -> None:
    with pytest.raises(faults.UnexpectedPacket):
        session.Session().feed(packet(packets.PacketKind.CMD_RESPONSE))


def test_an_answer_of_the_wrong_kind_is_a_fault() -> None:
    conversation = session.Session()
    conversation.register("log")
    with pytest.raises(faults.UnexpectedPacket):
        conversation.feed(packet(packets.PacketKind.CMD_RESPONSE))
