from __future__ import annotations

from futago.domain import samples


def sample(minute: int, count: int, **more: int | None) -> samples.Sample:
    known: dict[str, int | None] = {
        "round_trip_us": None,
        "loss_permille": None,
        "up_permille": None,
        **more,
    }
    return samples.Sample(
        minute=minute,
        counters=samples.Counters(
            received_bytes=count,
            sent_bytes=2 * count,
            received_packets=count // 10,
            sent_packets=count // 5,
        ),
        **known,
    )


def received(found: tuple[samples.Point, ...]) -> list[tuple[int, int | None]]:
    return [(each.minute, each.passed.received_bytes if each.passed else None) for each in found]


def test_what_passed_is_the_difference_to_the_minute_before() -> None:
    found = samples.points([sample(9, 100), sample(10, 150), sample(11, 350)], first=10, step=1)
    assert received(found) == [(10, 50), (11, 200)]
    assert found[1].passed is not None
    assert found[1].passed.sent_bytes == 400


def test_a_gap_is_a_gap() -> None:
    found = samples.points([sample(10, 100), sample(13, 400), sample(14, 500)], first=10, step=1)
    assert received(found) == [(10, None), (13, None), (14, 100)]


def test_a_counter_that_began_anew_counts_from_nothing() -> None:
    found = samples.points([sample(10, 1000), sample(11, 30)], first=11, step=1)
    assert received(found) == [(11, 30)]


def test_longer_steps_add_up_and_average() -> None:
    minutes = [
        sample(9, 0),
        sample(10, 10, round_trip_us=1000, up_permille=1000),
        sample(11, 30, round_trip_us=3000, up_permille=500),
        sample(14, 90, loss_permille=100),
        sample(15, 100, loss_permille=300),
    ]
    first, second = samples.points(minutes, first=10, step=4)
    assert (first.minute, first.covered_seconds, first.round_trip_us) == (10, 120, 2000)
    assert (first.up_permille, first.loss_permille) == (750, None)
    assert received((first, second)) == [(10, 30), (14, 10)]
    assert (second.covered_seconds, second.loss_permille) == (60, 200)
