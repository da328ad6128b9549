"""What all tables of the settings have in common."""

from __future__ import annotations

import pydantic


class Section(pydantic.BaseModel):
    """A table of the file: frozen, unknown keys refused."""

    model_config = pydantic.ConfigDict(
        frozen=True, extra="forbid", validate_default=False, hide_input_in_errors=True
    )
