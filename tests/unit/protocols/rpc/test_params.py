"""The shapes that flat names may and may not describe."""

from __future__ import annotations

import pytest

from futago.protocols.rpc import params


def test_members_of_list_entries_become_objects() -> None:
    nest = params.nest(
        [
            ("Name", "x"),
            ("Tunnel.1.Ike.Psk", "a"),
            ("Tunnel.1.Index", "1"),
            ("Tunnel.2.Index", "2"),
            ("Ids.1", "i"),
        ]
    )
    assert nest.values == {
        "Name": "x",
        "Tunnel": [{"Ike": {"Psk": "a"}, "Index": "1"}, {"Index": "2"}],
        "Ids": ["i"],
    }


def test_entries_are_ordered_by_number_not_by_text_or_arrival() -> None:
    nest = params.nest([("A.10", "ten"), ("A.9", "nine"), ("A.1", "one")])
    assert nest.values == {"A": ["one", "nine", "ten"]}


def test_a_place_is_spelled_with_the_numbers_of_the_client() -> None:
    nest = params.nest([("T.2.C.Psk", "a"), ("T.5.C.Psk", "b"), ("T.5.L.3", "c")])
    assert nest.wire_path(("T", 0, "C", "Psk")) == "T.2.C.Psk"
    assert nest.wire_path(("T", 1, "L", 0)) == "T.5.L.3"
    assert nest.wire_path(("T", 7, "C")) == "T.8.C"
    assert nest.wire_path(("Json", 0)) == "Json.1"


def test_blank_values_are_absent() -> None:
    assert params.nest([("A", ""), ("B.1.Key", "k"), ("B.1.Value", "")]).values == {
        "B": [{"Key": "k"}]
    }


@pytest.mark.parametrize(
    "pairs",
    [
        pytest.param([("A", "1"), ("A", "1")], id="twice"),
        pytest.param([("A", "1"), ("A", "")], id="twice, once blank"),
        pytest.param([("A", "1"), ("A.1", "2")], id="value then list"),
        pytest.param([("A.1", "1"), ("A", "2")], id="list then value"),
        pytest.param([("A.1", "1"), ("A.B", "2")], id="list and object"),
        pytest.param([("A.0", "1")], id="number 0"),
        pytest.param([("A.01", "1")], id="leading zero"),
        pytest.param([("A.1234567", "1")], id="huge number"),
        pytest.param([("A..B", "1")], id="empty part"),
        pytest.param([("", "1")], id="no name"),
        pytest.param([("A.B.C.D.E.F.G.H.I", "1")], id="too deep"),
        pytest.param([(f"A.{n}", "1") for n in range(1, 202)], id="too many"),
        pytest.param([("A", "a\0b")], id="NUL"),
    ],
)
def test_contradicting_names_are_refused(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(params.MalformedParameter):
        params.nest(pairs)


def test_a_refusal_does_not_repeat_the_value() -> None:
    with pytest.raises(params.MalformedParameter) as caught:
        params.nest([("Psk", "hidden"), ("Psk", "hidden")])
    assert "hidden" not in caught.value.message


def test_flattening_spells_python_values_as_clients_do() -> None:
    assert params.flatten({"A": True, "B": 3, "C": None, "D": [False], "E": {"F": "g"}}) == [
        ("A", "true"),
        ("B", "3"),
        ("D.1", "false"),
        ("E.F", "g"),
    ]


@pytest.mark.parametrize("name", ["", "A.B", "1"])
def test_flattening_refuses_names_that_would_read_otherwise(name: str) -> None:
    with pytest.raises(params.MalformedParameter):
        params.flatten({"X": {name: "v"}})


def test_plus_is_a_space_and_blanks_are_kept() -> None:
    assert params.decode_pairs("A=a+b&B=&C=%2B") == (("A", "a b"), ("B", ""), ("C", "+"))


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(params.MalformedParameter):
        params.decode_pairs("A=%ff")


def test_floods_of_parameters_are_refused() -> None:
    with pytest.raises(params.MalformedParameter):
        params.decode_pairs("&".join(["A=1"] * (params.MAX_PAIRS + 1)))
