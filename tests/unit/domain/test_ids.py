from __future__ import annotations

import pytest

from futago.domain import ids


@pytest.mark.parametrize("kind", list(ids.IdKind))
def test_a_generated_id_is_an_id_of_its_kind_only(kind) -> None:
    made = ids.generate(kind, lambda below: below - 1)
    assert made == kind.value + "9" * 17
    assert ids.is_id(kind, made)
    assert ids.kind_of(made) is kind
    others = [other for other in ids.IdKind if other is not kind and ids.is_id(other, made)]
    assert others == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("vco-", id="prefix alone"),
        pytest.param("vco-abc", id="too short"),
        pytest.param("vco-" + "a" * 21, id="too long"),
        pytest.param("vco-" + "A" * 17, id="capitals"),
        pytest.param("vco-" + "a" * 17 + "\n", id="newline"),
        pytest.param("tun-" + "a" * 17, id="another kind"),
    ],
)
def test_other_text_is_no_id(text) -> None:
    assert not ids.is_id(ids.IdKind.CONNECTION, text)
    assert ids.kind_of(text) is not ids.IdKind.CONNECTION
