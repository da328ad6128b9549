"""The texts behind the Linux device: swanctl, strongSwan, the hook, the commands.

Keys are written as hexadecimal digits, so that no character of a key can end a string; identities
carry their type, so that none is read as a wildcard or a distinguished name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, assert_never

from futago.devices import peer_configuration
from futago.domain import crypto, ike
from futago.protocols.vici import model

TUNNEL_MTU: Final = 1399
"""Source: vendor guide "MTU", user MTU."""

# The daemon's own packets carry this mark; the routes that it installs do not catch them.
_FWMARK: Final = "0x42"

# kernel-libipsec stands before kernel-netlink, so that it is the one that installs SAs.
_USERSPACE_PLUGINS: Final = (
    "random nonce aes des sha1 sha2 md5 hmac kdf gmp openssl pem pkcs1 pubkey x509 "
    "kernel-libipsec kernel-netlink socket-default updown vici"
)

_SYSCTLS: Final = (
    "net.ipv4.ip_forward=1",
    "net.ipv4.fib_multipath_hash_policy=1",
    "net.ipv4.conf.all.rp_filter=2",
    "net.ipv4.conf.all.ignore_routes_with_linkdown=1",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Behavior:
    """How the device negotiates, apart from algorithms and keys."""

    updown: str
    is_passive: bool
    accepts_any_remote: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One tunnel under the name of its device."""

    name: str
    tunnel: peer_configuration.PeerTunnel
    if_id: int | None
    behavior: Behavior


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """Commands that put a tunnel device in and out of service."""

    ip: str
    on: str
    off: str


def swanctl(connections: Sequence[Connection]) -> str:
    """Write swanctl.conf: connections and their secrets."""
    parts = ["connections {"]
    for connection in connections:
        parts += _indented(_connection(connection))
    parts += ["}", "secrets {"]
    for connection in connections:
        parts += _indented(_secret(connection))
    return _text([*parts, "}"])


def strongswan(*, directory: str | None) -> str:
    """Write strongswan.conf; with a directory, for a userspace daemon that lives there.

    A silent gateway is dead after one DPD delay and this retransmission series: 10 s + 1.4 s x
    (1 + 1.8 + 1.8^2 + 1.8^3) = 26.6 s. Source: strongswan.conf, retransmission.
    """
    lines = [
        "charon {",
        "  retransmit_timeout = 1.4",
        "  retransmit_base = 1.8",
        "  retransmit_tries = 3",
        "  i_dont_care_about_security_and_use_aggressive_mode_psk = yes",
    ]
    if directory is None:
        # BIRD routes into the tunnel devices; routes of the daemon would compete.
        lines += ["  install_routes = no"]
    else:
        lines += _indented(_userspace_daemon(directory))
    return _text([*lines, "}"])


def hook(directory: str, switch: Switch) -> str:
    """Write the daemon's hook: a device is in service while it has a child SA.

    A count, not the last event: during a rekey or a crossed start there are two child SAs.
    """
    return _text(
        [
            "#!/bin/sh",
            "# Called by the IKE daemon for each child SA that comes or goes. Argument: device.",
            f'state="{directory}/$1.children"',
            "follow() {",
            '  exec 9>"$state.lock"',
            "  flock 9",
            '  count=$(($(cat "$state" 2>/dev/null || echo 0) + $2))',
            '  [ "$count" -ge 0 ] || count=0',
            '  echo "$count" >"$state"',
            '  if [ "$count" -gt 0 ]; then',
            f'    {switch.ip} "$1" {switch.on}',
            "  else",
            f'    {switch.ip} "$1" {switch.off}',
            "  fi",
            "}",
            'case "$PLUTO_VERB" in',
            "# The daemon answers the gateway when this has ended, and what it sends by the new SA",
            "# until then is lost.",
            'up-*) follow "$1" 1 >/dev/null 2>&1 & ;;',
            'down-*) follow "$1" -1 ;;',
            "esac",
        ]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingCommands:
    """How the commands name the routing daemon and the addresses inside the tunnels."""

    install: tuple[str, ...]
    run: str
    check: str
    addresses: tuple[str, ...] = ()


def xfrm_commands(directory: str, devices: Sequence[str], routing: RoutingCommands) -> str:
    """Tell how to put the files of an `xfrm` device in force."""
    links = [
        line
        for number, device in enumerate(devices, 1)
        for line in (
            f"ip link add {device} type xfrm if_id {number}",
            f"ip link set {device} mtu {TUNNEL_MTU} down",
        )
    ]
    return _text(
        [
            "Run as root on the device. The files are in " + directory + ".",
            "",
            *links,
            *routing.addresses,
            *(f"sysctl -w {setting}" for setting in _SYSCTLS),
            f"rm -f {directory}/*.children",
            f"chmod 0755 {directory}/child-changed",
            f"install -m 0600 {directory}/swanctl.conf /etc/swanctl/conf.d/futago.conf",
            f"install -m 0644 {directory}/strongswan.conf /etc/strongswan.d/futago.conf",
            "systemctl restart strongswan",
            *routing.install,
            "",
            routing.check,
        ]
    )


def userspace_commands(directory: str, devices: Sequence[str], routing: RoutingCommands) -> str:
    """Tell how to run the daemons of a `userspace` device."""
    lines = ["Run as root. Each tunnel has a daemon and a network namespace of its own.", ""]
    for number, device in enumerate(devices, 1):
        place = f"{directory}/tunnel{number}"
        lines += [
            f"In the namespace that holds the outside address of {device}:",
            f"  STRONGSWAN_CONF={place}/strongswan.conf charon-systemd &",
            f"  move the device ipsec0 to the router's namespace as {device}, mtu {TUNNEL_MTU}",
            "  ip tuntap add mode tun name ipsec0; ip link set ipsec0 up",
            "  with protected data flows: ip address add ADDRESS/32 dev lo, one in each prefix",
            "  (userspace ESP refuses a child SA without it)",
            f"  swanctl --uri unix://{place}/vici --load-all --file {place}/swanctl.conf",
        ]
    lines += ["In the router's namespace:", *(f"  sysctl -w {setting}" for setting in _SYSCTLS)]
    lines += [f"  {each}" for each in routing.addresses]
    return _text([*lines, f"  {routing.run}"])


def _connection(connection: Connection) -> list[str]:
    tunnel, behavior = connection.tunnel, connection.behavior
    remote = "%any" if behavior.accepts_any_remote else str(tunnel.remote)
    is_ikev1 = tunnel.ike_profile.version is crypto.IkeVersion.IKEV1
    is_aggressive = is_ikev1 and tunnel.ike_profile.mode is crypto.IkeMode.AGGRESSIVE
    return [
        f"{connection.name} {{",
        f"  version = {1 if is_ikev1 else 2}",
        *(["  aggressive = yes"] if is_aggressive else []),
        f"  local_addrs = {tunnel.local}",
        f"  remote_addrs = {remote}",
        f"  proposals = {model.ike_proposal(tunnel.ike_profile)}",
        *_indented(_ike_times(tunnel.ike_profile.lifetime)),
        "  mobike = no",
        "  unique = replace",
        f"  keyingtries = {1 if behavior.is_passive else 0}",
        "  dpd_delay = 10s",
        *(["  dpd_timeout = 30s"] if is_ikev1 else []),
        *_indented(_end("local", tunnel.local_identity)),
        *_indented(_end("remote", tunnel.remote_identity)),
        "  children {",
        *_indented(_child(connection), 2),
        "  }",
        "}",
    ]


def _child(connection: Connection) -> list[str]:
    tunnel, behavior = connection.tunnel, connection.behavior
    lines = [
        f"{connection.name} {{",
        f"  local_ts = {','.join(map(str, tunnel.local_ts))}",
        f"  remote_ts = {','.join(map(str, tunnel.remote_ts))}",
        f"  esp_proposals = {model.esp_proposal(tunnel.esp_profile)}",
        f"  life_time = {_seconds(tunnel.esp_profile.lifetime)}s",
        f"  start_action = {'none' if behavior.is_passive else 'start'}",
        f"  dpd_action = {'clear' if behavior.is_passive else 'restart'}",
        f"  close_action = {'none' if behavior.is_passive else 'start'}",
        f'  updown = "{behavior.updown}"',
    ]
    if connection.if_id is not None:
        lines += [f"  if_id_in = {connection.if_id}", f"  if_id_out = {connection.if_id}"]
    return [*lines, "}"]


def _secret(connection: Connection) -> list[str]:
    tunnel = connection.tunnel
    return [
        f"ike-{connection.name} {{",
        f"  id-local = {_identity(tunnel.local_identity)}",
        f"  id-remote = {_identity(tunnel.remote_identity)}",
        f"  secret = 0x{tunnel.psk.reveal().encode().hex()}",
        "}",
    ]


def _end(name: str, identity: ike.Identity) -> list[str]:
    return [f"{name} {{", "  auth = psk", f"  id = {_identity(identity)}", "}"]


def _identity(identity: ike.Identity) -> str:
    match identity.kind:
        case ike.IdentityKind.ADDRESS:
            return f'"{identity.text}"'
        case ike.IdentityKind.FQDN:
            return f'"fqdn:{identity.text}"'
    assert_never(identity.kind)


def _ike_times(lifetime: timedelta) -> list[str]:
    """Split a lifetime into rekey time and grace: the lifetime is the maximum."""
    grace = _seconds(lifetime) // 11
    return [f"rekey_time = {_seconds(lifetime) - grace}s", f"over_time = {grace}s"]


def _userspace_daemon(directory: str) -> list[str]:
    return [
        f"load = {_USERSPACE_PLUGINS}",
        "threads = 16",
        "install_virtual_ip = no",
        "plugins {",
        "  kernel-netlink {",
        f"    fwmark = !{_FWMARK}",
        "  }",
        "  socket-default {",
        f"    fwmark = {_FWMARK}",
        "  }",
        "  kernel-libipsec {",
        "    allow_peer_ts = yes",
        "  }",
        "  openssl {",
        "    load_legacy = yes",
        "  }",
        "  vici {",
        f"    socket = unix://{directory}/vici",
        "  }",
        "}",
        "journal {",
        "  default = -1",
        "}",
        "filelog {",
        "  file {",
        f"    path = {directory}/charon.log",
        "    time_format = %FT%T",
        "    time_add_ms = yes",
        "    flush_line = yes",
        "    default = 1",
        "  }",
        "}",
    ]


def _seconds(duration: timedelta) -> int:
    return int(duration.total_seconds())


def _indented(lines: Sequence[str], depth: int = 1) -> list[str]:
    return ["  " * depth + line for line in lines]


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"
