"""One reason out of all that was heard about a tunnel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from futago.plan import evidence, failures, findings
from futago.plan.failures import FailureCode as Code
from futago.testing import ike_worlds

TUNNEL = ike_worlds.new_side(0)[1]
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
OURS = "initiating IKE_SA tun-a[1] to 198.51.100.2"
THEIRS = "198.51.100.2 is initiating an IKE_SA"
REFUSED = "received AUTHENTICATION_FAILED notify error"
WRONG_KEY = "tried 1 shared key for 'a' - 'b', but MAC mismatched"
SILENCE = "giving up after 3 retransmits"
ESTABLISHED = "IKE_SA tun-a[1] established between 198.51.100.1[a]...198.51.100.2[b]"
CHILD = "CHILD_SA c{1} established with SPIs 1_i 2_o and TS 0.0.0.0/0 === 0.0.0.0/0"
NO_RENEWAL = "received NO_PROPOSAL_CHOSEN notify, no CHILD_SA built"


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def stranger(address: str) -> str:
    return f"no IKE config found for 198.51.100.1...{address}, sending NO_PROPOSAL_CHOSEN"


class Heard:
    """Evidence that takes several lines at once."""

    def __init__(self) -> None:
        self.evidence = evidence.Evidence(TUNNEL)

    def say(self, sa: str, seconds: float, *lines: str) -> list[bool]:
        return [self.evidence.hear(sa, line, at(seconds)) for line in lines]

    @property
    def failure(self) -> failures.Failure:
        assert self.evidence.failure is not None
        return self.evidence.failure

    @property
    def code(self) -> Code | None:
        return self.evidence.failure.code if self.evidence.failure else None


def test_a_responder_decides_what_an_initiator_leaves_open() -> None:
    heard = Heard()
    heard.say("1", 0, OURS, REFUSED)
    assert heard.code is Code.PSK_OR_PEER_ID_MISMATCH
    assert heard.say("2", 1, THEIRS, WRONG_KEY)[-1]
    assert heard.code is Code.PSK_MISMATCH
    assert not any(heard.say("3", 100, OURS, REFUSED))
    assert heard.code is Code.PSK_MISMATCH
    heard.say("4", 200, OURS, REFUSED)
    assert heard.code is Code.PSK_OR_PEER_ID_MISMATCH


def test_repetition_counts_attempts_and_keeps_the_beginning() -> None:
    heard = Heard()
    for number in range(3):
        heard.say(str(number), number * 5, THEIRS, WRONG_KEY)
    assert heard.failure.count == 3
    assert heard.failure.since == NOON
    assert heard.failure.at == at(10)


def test_another_fault_of_the_same_worth_takes_over_at_once() -> None:
    heard = Heard()
    heard.say("1", 0, THEIRS, WRONG_KEY)
    assert heard.say("2", 1, stranger("198.51.100.2"))[-1]
    assert heard.code is Code.IKE_VERSION_MISMATCH
    assert heard.failure.count == 1


def test_silence_does_not_hide_a_fault_that_was_just_found() -> None:
    heard = Heard()
    heard.say("1", 0, THEIRS, WRONG_KEY)
    heard.say("2", 5, OURS, SILENCE)
    assert heard.code is Code.PSK_MISMATCH
    assert heard.say("3", 60, OURS, SILENCE)[-1]
    assert heard.code is Code.NO_RESPONSE


def test_success_clears_what_was_before() -> None:
    heard = Heard()
    heard.say("1", 0, THEIRS, WRONG_KEY)
    assert heard.say("2", 1, THEIRS, ESTABLISHED, CHILD)[-1]
    assert heard.evidence.failure is None


def test_what_the_tunnel_has_although_it_is_up_stays_until_it_is_renewed() -> None:
    heard = Heard()
    heard.say("1", 0, OURS, ESTABLISHED, CHILD)
    heard.evidence.came_up()
    assert heard.say("1", 3, NO_RENEWAL) == [True]
    heard.evidence.came_up()
    assert heard.code is Code.PFS_MISMATCH
    assert heard.failure.severity is failures.Severity.WARNING
    assert heard.say("1", 20, "inbound " + CHILD) == [True]
    assert heard.evidence.failure is None


def test_attempts_beside_an_installed_child_prove_nothing() -> None:
    heard = Heard()
    heard.say("1", 0, OURS, ESTABLISHED, CHILD)
    heard.evidence.came_up()
    assert not any(heard.say("2", 3, THEIRS, WRONG_KEY))
    heard.evidence.went_down()
    assert any(heard.say("3", 5, THEIRS, WRONG_KEY))


def test_one_knock_of_a_stranger_is_nothing_and_a_second_one_is_a_wrong_address() -> None:
    heard = Heard()
    assert not any(heard.say("1", 0, stranger("203.0.113.9")))
    assert not any(heard.say("2", 1, stranger("203.0.113.10")))
    assert any(heard.say("3", 2, stranger("203.0.113.9")))
    assert heard.code is Code.PEER_MISMATCH
    assert (heard.failure.ours, heard.failure.theirs) == ("198.51.100.2", "203.0.113.9")


def test_knocks_far_apart_do_not_add_up() -> None:
    heard = Heard()
    heard.say("1", 0, stranger("203.0.113.9"))
    assert not any(heard.say("2", 600, stranger("203.0.113.9")))


def test_an_edit_forgets_and_ignores_what_was_under_way() -> None:
    heard = Heard()
    heard.say("1", 0, OURS)
    heard.evidence.edited(TUNNEL)
    assert not any(heard.say("1", 1, REFUSED))
    assert any(heard.say("2", 1, OURS, REFUSED))


def test_a_new_daemon_counts_from_one_again() -> None:
    heard = Heard()
    heard.say("1", 0, OURS, ESTABLISHED, CHILD)
    heard.evidence.restarted()
    assert any(heard.say("1", 1, OURS, REFUSED))


def test_what_was_found_out_on_purpose_replaces_what_it_explains() -> None:
    heard = Heard()
    heard.say("1", 0, OURS, "received NO_PROPOSAL_CHOSEN notify error")
    assert heard.code is Code.PROPOSAL_MISMATCH
    learned = findings.Finding(
        code=Code.DH_GROUP_MISMATCH,
        rank=findings.Rank.VALUES,
        phase=failures.Phase.IKE,
        setting=failures.Setting.IKE_DH_GROUP,
        ours="group2",
        theirs="group14",
    )
    assert heard.evidence.learn(learned, at(1))
    heard.say("2", 5, OURS, "received NO_PROPOSAL_CHOSEN notify error")
    assert heard.code is Code.DH_GROUP_MISMATCH


def test_memory_is_bounded() -> None:
    heard = Heard()
    for number in range(500):
        heard.say(str(number), number, OURS, REFUSED, stranger(f"203.0.113.{number % 250}"))
    for _ in range(500):
        heard.say("long", 501, REFUSED)
    assert len(heard.evidence._lines) <= evidence.SAS_MAX
    assert len(heard.evidence._strangers) <= evidence.SAS_MAX
    assert max(map(len, heard.evidence._lines.values())) <= evidence.LINES_MAX
