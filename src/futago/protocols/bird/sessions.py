"""The BGP part of BIRD's configuration, and the keys beside it.

A session ends as soon as BFD, carrier or the peer says so, and starts again within seconds: BIRD
would wait for a minute otherwise. Graceful restart is off, because it keeps the routes of a peer
that is gone, where its partner stands ready.

Prefixes that the peer may not announce are rejected by a filter and kept as filtered, so that they
can be named; the loop check of BIRD itself would drop them unseen (`allow local as`). The filter
says the same as `domain.bgp.refusal`; a test compares.

BFD sessions are asked for by BGP sessions. One that never came up changes nothing, so a peer
without BFD is not harmed.

Source: BIRD 2.0 user's guide, sections "BGP", "BFD"; tried with BIRD 2.0.12.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from futago.domain import bgp, forwarding, net
from futago.protocols.bird import words

KEYS_FILE: Final = "/proc/self/fd/9"
"""BIRD inherits a memory file as this descriptor; keys are never in a file on disk."""
KEYS_DESCRIPTOR: Final = 9
BFD_PROTOCOL: Final = "bfd_sessions"

_OPEN_SECONDS = 10
"""How long a peer that took the connection may stay silent."""
_MAX_ASN = 2**32 - 1


def render(sessions: Sequence[forwarding.BgpSession]) -> Iterator[str]:
    """Render everything that sessions need; nothing without sessions.

    Raises:
        BadName: A session, table, device or key has a name that the grammar cannot hold.
        BadValue: An AS number or limit is out of range.
    """
    if not sessions:
        return
    if any(session.key is not None for session in sessions):
        yield f'include "{KEYS_FILE}";'
    # Seconds since 1970, because the rest of BIRD's time formats depend on the host's time zone.
    yield 'timeformat protocol "%s.%3f";'
    yield (
        f'protocol bfd {BFD_PROTOCOL} {{ interface "*" {{ '
        f"interval {bgp.BFD_INTERVAL_MS} ms; multiplier {bgp.BFD_MULTIPLIER}; }}; }}"
    )
    yield from _import_check()
    for session in sessions:
        yield from _session(session)


def key_symbol(key: forwarding.SessionKey) -> str:
    """Give BIRD's name of a key."""
    return f"key_{words.checked_name(key.key_id.replace('-', '_'))}_{key.version}"


def render_keys(sessions: Sequence[forwarding.BgpSession], keys: Mapping[str, str]) -> str:
    """Render the file of keys, which the configuration includes, from keys by key id.

    Raises:
        KeyError: A session's key is missing.
        BadSessionKey: A key cannot be written down.
    """
    used = {session.key for session in sessions if session.key is not None}
    lines = {key_symbol(key): bgp.check_session_key(keys[key.key_id]) for key in used}
    return "".join(f'define {symbol} = "{lines[symbol]}";\n' for symbol in sorted(lines))


def _import_check() -> Iterator[str]:
    inside = [f"{prefix}+" for prefix in (*bgp.RESERVED, bgp.UNDERLAY)]
    covering = f"{net.SHARED}{{0,{net.SHARED.prefixlen}}}"
    yield f"attribute int {words.PEER_ORIGIN};"
    yield f"attribute int {words.PEER_MED};"
    yield "function may_be_taken(int own_as) {"
    yield f"  if net ~ [ {', '.join((covering, *inside))} ] then return false;"
    yield "  if own_as ~ bgp_path then return false;"
    yield f"  {words.ORIGIN} = {forwarding.RouteOrigin.VPN.value};"
    # What would break a tie after the length of the path: equal routes shall share the traffic.
    yield "  case bgp_origin {"
    for number, name in enumerate(("IGP", "EGP", "INCOMPLETE")):
        yield f"    ORIGIN_{name}: {words.PEER_ORIGIN} = {number};"
    yield "  }"
    yield f"  if defined(bgp_med) then {words.PEER_MED} = bgp_med;"
    yield "  bgp_origin = ORIGIN_IGP; bgp_med = 0;"
    yield "  return true;"
    yield "}"


def _session(session: forwarding.BgpSession) -> Iterator[str]:
    local_asn = words.checked_number("local ASN", session.local_asn, 1, _MAX_ASN)
    peer_asn = words.checked_number("peer ASN", session.peer_asn, 1, _MAX_ASN)
    limit = words.checked_number("prefix limit", session.import_limit, 1, 0x7FFFFFFF)
    yield f"protocol bgp {words.session_symbol(session.name)} {{"
    yield f"  local {session.local_address} as {local_asn};"
    yield f"  neighbor {session.peer_address} as {peer_asn};"
    yield f'  interface "{words.checked_device(session.device)}"; direct;'
    if session.key is not None:
        yield f"  password {key_symbol(session.key)};"
    yield f"  bfd {'on' if session.bfd else 'off'};"
    yield f"  hold time {bgp.HOLD_SECONDS}; keepalive time {bgp.KEEPALIVE_SECONDS};"
    yield f"  startup hold time {_OPEN_SECONDS};"
    yield "  error wait time 1, 2; error forget time 2;"
    yield "  connect delay time 1; connect retry time 1;"
    yield "  graceful restart off; long lived graceful restart off; allow local as;"
    yield "  ipv4 {"
    yield f"    table {words.table_symbol(session.table)};"
    yield f"    preference {forwarding.LEARNED_PREFERENCE};"
    yield f"    import where may_be_taken({local_asn});"
    yield f"    import keep filtered; import limit {limit} action block;"
    yield f"    export where {words.has_origin(forwarding.ANNOUNCED_ORIGINS)};"
    yield "    next hop self;"
    yield "  };"
    yield "}"
