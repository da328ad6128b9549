"""Settings of what tunnels may use, and of how they are changed."""

from __future__ import annotations

import pydantic

from futago.runtime import settings_section


class Crypto(settings_section.Section):
    """Algorithms of tunnels."""

    extended: bool = pydantic.Field(
        default=False,
        description="Also allow aes128gcm16, aes256gcm16, chacha20poly1305, and the groups 19, 20,"
        " 21 and 31. IKEv2 only.",
    )


class Edits(settings_section.Section):
    """Changes of connections that carry traffic."""

    refuse_interruptions: bool = pydantic.Field(
        default=False,
        description="Refuse a change of a tunnel that interrupts traffic because the other tunnel"
        " is down, unless the call says `Force=true`. Without it a call that says nothing about"
        " `Force` is carried out, as the vendor's clients expect.",
    )
    key_overlap_seconds: int = pydantic.Field(
        default=0,
        ge=0,
        le=604800,
        description="How long the key before is accepted too after a change of a pre-shared key"
        " that does not say so by `PskOverlapSeconds`. 0: the new key counts at once.",
    )
