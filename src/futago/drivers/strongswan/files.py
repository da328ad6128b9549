"""The files of one tunnel's daemon: where they are and what the daemon reads from them.

No key ever enters a file. Everything lies in one directory of mode 0700, so that removing the
directory removes the tunnel.
Source: strongswan.conf(5).
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from futago.plan import places

LOG_MAX_BYTES: Final = 1024 * 1024

PLUGINS: Final = (
    "random nonce openssl kdf kernel-libipsec kernel-netlink socket-default vici updown"
    " error-notify"
)

_CONFIGURATION = """\
charon-systemd {{
  load = {plugins}
  # With userspace ESP, eight threads all end up waiting for each other in the first initiation.
  threads = 16
  i_dont_care_about_security_and_use_aggressive_mode_psk = yes
  # With 10 s of DPD delay a silent peer is dead after 10 + 1.4 + 2.5 + 4.5 + 8.2 = 26.6 s.
  retransmit_timeout = {retransmit_timeout}
  retransmit_base = {retransmit_base}
  retransmit_tries = {retransmit_tries}
  journal {{
    default = -1
  }}
  filelog {{
    charon {{
      path = {directory}/charon.log
      append = yes
      flush_line = yes
      ike_name = yes
      time_format = %Y-%m-%dT%H:%M:%S
      default = 1
      net = 0
      # A line for each message, by which the daemon's signs of life of the peer are known.
      enc = 1
    }}
  }}
  plugins {{
    vici {{
      socket = unix://{directory}/vici.sock
    }}
    error-notify {{
      socket = unix://{directory}/note.sock
    }}
    openssl {{
      load_legacy = yes
    }}
    # The daemon's own packets must not follow the routes that it installs for policies.
    kernel-netlink {{
      fwmark = !{mark:#x}
    }}
    socket-default {{
      fwmark = {mark:#x}
    }}
    # A remote prefix may hold the peer itself, for the same reason.
    kernel-libipsec {{
      allow_peer_ts = yes
    }}
  }}
}}
"""

DAEMON_MARK: Final = places.OUTSIDE_MARK
"""On every packet that the daemon itself sends."""

RETRANSMIT_TIMEOUT: Final = 1.4
RETRANSMIT_BASE: Final = 1.8
RETRANSMIT_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Files:
    """Paths of one tunnel's daemon."""

    directory: Path

    @property
    def configuration(self) -> Path:
        """The daemon's settings."""
        return self.directory / "strongswan.conf"

    @property
    def socket(self) -> Path:
        """The daemon's control socket."""
        return self.directory / "vici.sock"

    @property
    def alerts(self) -> Path:
        """The socket of the daemon's typed alerts."""
        return self.directory / "note.sock"

    @property
    def pid(self) -> Path:
        """Process id and start time of the daemon."""
        return self.directory / "pid"

    @property
    def log(self) -> Path:
        """What the daemon logs about negotiations."""
        return self.directory / "charon.log"

    @property
    def output(self) -> Path:
        """What the daemon prints before it can log."""
        return self.directory / "output"

    @property
    def loaded(self) -> Path:
        """Digest of the tunnel intent that the daemon has loaded."""
        return self.directory / "loaded"

    @property
    def children(self) -> Path:
        """Count of installed child SAs, kept by the hook."""
        return self.directory / "children"

    @property
    def carried(self) -> Path:
        """Exists from the death of a daemon with child SAs until the next child SA."""
        return self.directory / "carried"

    @property
    def refusing(self) -> Path:
        """Exists while the daemon refuses new IKE SAs."""
        return self.directory / "refusing"

    @property
    def device(self) -> Path:
        """Router namespace and device, read by the hook."""
        return self.directory / "device"

    def prepare(self, place: places.TunnelPlace) -> None:
        """Make everything that a fresh daemon expects, and forget what an earlier one left."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.directory.chmod(0o700)
        self.note_carried()
        for stale in (self.loaded, self.refusing, self.socket, self.alerts, self.pid):
            stale.unlink(missing_ok=True)
        self.children.write_text("0\n")
        self.point_hook_at(place)
        self.configuration.write_text(
            _CONFIGURATION.format(
                directory=self.directory,
                plugins=PLUGINS,
                mark=DAEMON_MARK,
                retransmit_timeout=RETRANSMIT_TIMEOUT,
                retransmit_base=RETRANSMIT_BASE,
                retransmit_tries=RETRANSMIT_TRIES,
            )
        )

    def was_up(self) -> bool:
        """Tell whether the daemon that is gone had child SAs that nothing has replaced."""
        return self.carried.exists() or self.has_children()

    def note_carried(self) -> None:
        """Remember child SAs of a daemon that ends, because the next one counts from 0."""
        if self.has_children():
            self.carried.touch(mode=0o600)

    def forget_carried(self) -> None:
        """Note that a child SA is there again."""
        self.carried.unlink(missing_ok=True)

    def has_children(self) -> bool:
        """Tell whether the hook counts child SAs."""
        try:
            return int(self.children.read_text()) > 0
        except (FileNotFoundError, ValueError):
            return False

    def point_hook_at(self, place: places.TunnelPlace) -> None:
        """Tell the hook which device to switch."""
        self.device.write_text(f"{place.router_namespace} {place.device}\n")

    def read_device(self) -> tuple[str, str] | None:
        """Give router namespace and device; None where no daemon was ever started."""
        try:
            router, name = self.device.read_text().split()
        except (FileNotFoundError, ValueError):
            return None
        return router, name

    def read_loaded(self) -> str | None:
        """Give the digest of what is loaded."""
        try:
            return self.loaded.read_text() or None
        except FileNotFoundError:
            return None

    def write_loaded(self, digest: str) -> None:
        """Record what is loaded, whole or not at all."""
        draft = self.loaded.with_suffix(".new")
        draft.write_text(digest)
        draft.replace(self.loaded)

    def bound_log(self) -> None:
        """Empty the log once it is too long; the daemon appends, so it goes on at the start."""
        try:
            if self.log.stat().st_size > LOG_MAX_BYTES:
                os.truncate(self.log, 0)
        except FileNotFoundError:
            return

    def log_size(self) -> int:
        """Give the length of the log in bytes."""
        try:
            return self.log.stat().st_size
        except FileNotFoundError:
            return 0

    def log_lines_after(self, offset: int) -> list[str]:
        """Give the log's lines from an offset on; from the start when it was emptied since."""
        try:
            with self.log.open("rb") as file:
                file.seek(offset if offset <= self.log_size() else 0)
                return file.read(LOG_MAX_BYTES).decode(errors="replace").splitlines()
        except FileNotFoundError:
            return []

    def remove(self) -> None:
        """Remove the directory with everything in it."""
        shutil.rmtree(self.directory, ignore_errors=True)
