"""Changes of a tunnel's pre-shared key in a lab, on either side, and what is seen of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from futago.devices import linux
from futago.domain import ids
from futago.drivers.strongswan import files
from futago.lab import installed, netns, shell, wait
from futago.testing import lab_cloud, lab_processes, labs

_SECRET: Final = re.compile(r"secret = 0x[0-9a-f]+")
_FAILURES: Final = re.compile(
    r"received AUTHENTICATION_FAILED notify error"
    r"|but MAC mismatched"
    r"|invalid (?:HASH|ID)_V1 payload length, decryption"
    r"|calculated HASH does not match HASH payload"
    r"|queueing INFORMATIONAL_V1 request as tasks still active"
)
_ATTEMPT: Final = re.compile(r"<([^>]*)>")
_NAME: Final = re.compile(r"^(\S+): IKEv", re.MULTILINE)
_BESIDE: Final = "make_before_break = yes"

Versions = tuple[int, int, int]
"""Of the key that is set, of the one that is loaded, and of the one before (0: none)."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """The key of one tunnel of a peering, on both sides."""

    rig: labs.Rig
    peering: labs.Peering
    number: int

    @property
    def tunnel_id(self) -> ids.TunnelId:
        """The tunnel."""
        return ids.TunnelId(self.peering.tunnel_ids[self.number - 1])

    def change_ours(self, key: str, overlap_seconds: int) -> None:
        """Change the gateway's key and wait until the gateway knows it."""
        self.rig.cloud.call(
            "ModifyTunnelAttribute",
            VpnConnectionId=self.peering.connection_id,
            TunnelId=self.tunnel_id,
            TunnelOptionsSpecification={"TunnelIkeConfig": {"Psk": key}},
            PskOverlapSeconds=overlap_seconds,
        )
        wait.eventually(
            lambda: self.rig.cloud.connection(self.peering.connection_id)["State"] == "attached",
            within=labs.SETTLE_SECONDS,
        )

    def change_theirs(self, key: str) -> None:
        """Change the device's key as its administrator does; no SA is touched by that."""
        site = self.peering.site
        path = installed.short_path(self.rig.lab, site) / f"tunnel{self.number}" / linux.SWANCTL
        text = path.read_text()
        path.write_text(_SECRET.sub(f"secret = 0x{key.encode().hex()}", text))
        self._swanctl("--load-creds", "--clear", "--noprompt", "--file", str(path))

    def overlap_theirs(self) -> None:
        """Have the device authenticate its future IKE SAs anew without closing the old first."""
        directory = installed.short_path(self.rig.lab, self.peering.site) / f"tunnel{self.number}"
        path = directory / linux.STRONGSWAN
        path.write_text(path.read_text().replace("charon {", f"charon {{\n  {_BESIDE}", 1))
        self._swanctl("--reload-settings")

    def reauthenticate_theirs(self) -> None:
        """Have the device negotiate another IKE SA, which authenticates anew."""
        name = _NAME.findall(self._swanctl("--list-conns"))[0]
        self._swanctl("--rekey", "--ike", name, "--reauth")

    def restart_theirs(self) -> None:
        """Have the device close all its IKE SAs, also those that are being negotiated."""
        name = _NAME.findall(self._swanctl("--list-conns"))[0]
        self._swanctl("--terminate", "--ike", name, "--force", "--timeout", "1")

    def keys(self) -> Versions:
        """Read which keys count."""
        shown = self.rig.cloud.call(
            "DescribeTunnelKeys", VpnConnectionId=self.peering.connection_id
        )["Tunnels"][self.number - 1]
        return (shown["KeyVersion"], shown["LoadedKeyVersion"], shown["PreviousKeyVersion"])

    def wait_keys(self, wanted: Versions) -> None:
        """Wait until the versions are these."""

        def look() -> bool:
            seen = self.keys()
            if seen != wanted:
                raise wait.NotYet(f"{seen}, not {wanted}")
            return True

        wait.eventually(look, within=labs.SETTLE_SECONDS)

    def wait_up(self) -> None:
        """Wait until the tunnel is established."""
        wait.eventually(
            lambda: (
                self.rig.cloud.statuses(self.peering.connection_id)[self.number - 1]
                == lab_cloud.ESTABLISHED
            ),
            within=labs.SETTLE_SECONDS,
        )

    def associations(self) -> tuple[str, ...]:
        """Name the IKE SAs at the gateway."""
        return lab_processes.ike_associations(self.rig.lab, self.tunnel_id)

    def failures(self) -> int:
        """Count the attempts that failed for the key, as the gateway logged them."""
        log = files.Files(
            lab_processes.runtime(self.rig.lab) / "tunnels" / self.tunnel_id
        ).log.read_text()
        return len({_ATTEMPT.findall(line)[0] for line in log.splitlines() if _is_failure(line)})

    def failures_of(self, act: Callable[[], Any]) -> int:
        """Count the attempts that fail for the key while something is done."""
        before = self.failures()
        act()
        return self.failures() - before

    def _swanctl(self, *words: str) -> str:
        socket = installed.socket_of(self.rig.lab, self.peering.site, self.number)
        outside = self.peering.site.outsides[self.number - 1]
        return shell.run(netns.inside(outside, ["swanctl", *words, "--uri", socket]))


def _is_failure(line: str) -> bool:
    return _FAILURES.search(line) is not None and _ATTEMPT.search(line) is not None
