"""Everything an operator can set: one TOML file, environment variables on top, one frozen object.

A variable is named FUTAGO_ followed by section and key with two underscores between them, for
example FUTAGO_API__LISTEN. Secrets are never written here: a key names the file that holds them.
The descriptions below are the reference page and the comments of the example file.
"""

from __future__ import annotations

import itertools
import os
import re
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

import pydantic
import pydantic_settings

from futago.domain import faults, net
from futago.plan import places
from futago.runtime import settings_events, settings_section, settings_tunnels

ENVIRONMENT_PREFIX = "FUTAGO_"
SECTION_SEPARATOR = "__"
DEFAULT_PROCESSES = 4
"""Of the API on a host with that many processors; one at a time writes, so more gain little."""
MOST_PROCESSES = 64

_LISTEN = re.compile(r"(\[(?P<six>[^]]*)\]|(?P<four>[0-9.]+)):(?P<port>\d{1,5})\Z", re.ASCII)
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\Z")
_DEVICE = re.compile(r"[^\s/]{1,15}\Z")


class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """How a log line looks."""

    AUTO = "auto"
    JSON = "json"
    TEXT = "text"


Section = settings_section.Section


def split_listen(text: str) -> tuple[str, int]:
    """Split `ADDRESS:PORT` into its parts.

    Raises:
        ValueError: No IP address, or no port in 1..65535.
    """
    found = _LISTEN.match(text)
    rule = "write an IP address, a colon and a port, as in 127.0.0.1:8080"
    if found is None or not 1 <= int(found["port"]) <= 65535:
        raise ValueError(rule)
    try:
        address = IPv6Address(found["six"]) if found["six"] else IPv4Address(found["four"])
    except ValueError as exc:
        raise ValueError(rule) from exc
    return str(address), int(found["port"])


def _name(text: str) -> str:
    if not _NAME.match(text):
        raise ValueError("use lower-case letters, digits and hyphens, 63 characters at most")
    return text


def _prefix(value: object) -> IPv4Network:
    try:
        return net.parse_prefix(str(value))
    except faults.Fault as exc:
        raise ValueError(exc.message) from exc


Prefix = Annotated[IPv4Network, pydantic.BeforeValidator(_prefix)]


def _absolute(text: str) -> str:
    if text and not Path(text).is_absolute():
        raise ValueError("write an absolute path, starting with /")
    return text


class Region(Section):
    """The region that callers name in RegionId."""

    id: str = pydantic.Field(
        default="cn-hangzhou", description="Id of the region, as clients send it."
    )
    name: str = pydantic.Field(default="", description="Name for people. Empty: the id.")

    _id = pydantic.field_validator("id")(_name)


class Api(Section):
    """The RPC API."""

    listen: str = pydantic.Field(
        default="127.0.0.1:8080",
        description="IP address and port. An IPv6 address stands in brackets: [::1]:8080.",
    )
    tls_certificate: str = pydantic.Field(
        default="", description="PEM file with the certificate chain. Empty: plain HTTP."
    )
    tls_key: str = pydantic.Field(
        default="", description="PEM file with the certificate's private key."
    )
    allow_plain_http: bool = pydantic.Field(
        default=False, description="Serve plain HTTP on an address other than loopback."
    )

    processes: int = pydantic.Field(
        default=0,
        ge=0,
        le=MOST_PROCESSES,
        description="Processes that share the work. 0: one per processor, four at most.",
    )

    _files = pydantic.field_validator("tls_certificate", "tls_key")(_absolute)

    @pydantic.field_validator("listen")
    @classmethod
    def _listen(cls, text: str) -> str:
        split_listen(text)
        return text

    @pydantic.model_validator(mode="after")
    def _transport(self) -> Self:
        if bool(self.tls_certificate) != bool(self.tls_key):
            raise ValueError("set tls_certificate and tls_key together, or neither")
        if not (self.has_tls or self.allow_plain_http or self.is_loopback):
            raise ValueError(
                f"listen = {self.listen!r} is not loopback and has no TLS; set tls_certificate and "
                "tls_key, or allow_plain_http = true"
            )
        return self

    @property
    def host(self) -> str:
        """Address to listen on."""
        return split_listen(self.listen)[0]

    @property
    def port(self) -> int:
        """TCP port to listen on."""
        return split_listen(self.listen)[1]

    @property
    def worker_count(self) -> int:
        """How many processes serve, the default filled in."""
        return self.processes or min(len(os.sched_getaffinity(0)), DEFAULT_PROCESSES)

    @property
    def has_tls(self) -> bool:
        """Whether a certificate is set."""
        return bool(self.tls_certificate)

    @property
    def is_loopback(self) -> bool:
        """Whether only this host can connect."""
        return ip_address(self.host).is_loopback


class Store(Section):
    """State on disk."""

    state_directory: str = pydantic.Field(
        default="/var/lib/futago", description="Directory of the database and the key files."
    )
    runtime_directory: str = pydantic.Field(
        default="/run/futago",
        description="Directory of sockets and daemon files; may be lost at a reboot.",
    )
    url: str = pydantic.Field(
        default="",
        description="SQLite database as sqlite:////PATH. Empty: futago.db in state_directory.",
    )
    master_key_file: str = pydantic.Field(
        default="",
        description="File with the key that seals secrets in the database; created at the first "
        "start. Empty: master.key in state_directory.",
    )

    _paths = pydantic.field_validator("state_directory", "runtime_directory", "master_key_file")(
        _absolute
    )

    @pydantic.field_validator("url")
    @classmethod
    def _sqlite(cls, text: str) -> str:
        if text and not text.startswith("sqlite:////"):
            raise ValueError("only SQLite is supported: write sqlite:////PATH, or leave it empty")
        return text

    @property
    def state(self) -> Path:
        """Directory of the database and the key files."""
        return Path(self.state_directory)

    @property
    def runtime(self) -> Path:
        """Directory of sockets and daemon files."""
        return Path(self.runtime_directory)

    @property
    def database_url(self) -> str:
        """URL of the database, the default filled in."""
        return self.url or f"sqlite:///{self.state / 'futago.db'}"

    @property
    def database_file(self) -> Path:
        """File of the database."""
        return Path(self.database_url.removeprefix("sqlite:///"))

    @property
    def master_key_path(self) -> Path:
        """File of the master key, the default filled in."""
        return Path(self.master_key_file or self.state / "master.key")


class Zone(Section):
    """One zone of this node: an uplink and the gateway addresses that are routed to it."""

    id: str = pydantic.Field(description="Id of the zone, as clients see it.")
    uplink: str = pydantic.Field(description="Network device that leads to the Internet.")
    public_pools: tuple[Prefix, ...] = pydantic.Field(
        default=(), description="Prefixes of public gateway addresses; every address is used."
    )
    private_pools: tuple[Prefix, ...] = pydantic.Field(
        default=(),
        description="Prefixes of private gateway addresses. A private connection gets one that is "
        "also in an address block of its transit router.",
    )
    private_uplink: str = pydantic.Field(
        default="",
        description="Network device that leads to the private network. Empty: the uplink.",
    )

    _id = pydantic.field_validator("id")(_name)

    @pydantic.field_validator("uplink", "private_uplink")
    @classmethod
    def _device(cls, text: str, info: pydantic.ValidationInfo) -> str:
        is_left_out = info.field_name == "private_uplink" and not text
        if not is_left_out and not _DEVICE.match(text):
            raise ValueError("name a network device: 1 to 15 characters, no space, no slash")
        return text


class Node(Section):
    """This host as a carrier of tunnels."""

    id: str = pydantic.Field(default="node-1", description="Name of the host in the installation.")
    mark: str = pydantic.Field(
        default="fg",
        description="Start of the names of namespaces and devices that are Futago's; two to four "
        "letters and digits. Whatever carries it belongs to Futago and may be removed.",
    )
    network_namespace: str = pydantic.Field(
        default="", description="Network namespace that has the uplinks. Empty: the agent's own."
    )
    control_plane: str = pydantic.Field(
        default="",
        description="Where the agent finds the control plane: unix:/PATH or https://HOST:PORT. "
        "Empty: node-link.sock in runtime_directory.",
    )
    credential_file: str = pydantic.Field(
        default="",
        description="File with the node's credential; the control plane creates it at its first "
        "start. Empty: node.credential in state_directory.",
    )
    ca_file: str = pydantic.Field(
        default="",
        description="PEM file with the authority of the control plane's certificate. Empty: the "
        "system's authorities.",
    )
    zones: tuple[Zone, ...] = pydantic.Field(default=(), description="Zones of this node.")

    _id = pydantic.field_validator("id")(_name)
    _paths = pydantic.field_validator("credential_file", "ca_file")(_absolute)

    @pydantic.field_validator("mark")
    @classmethod
    def _mark(cls, text: str) -> str:
        try:
            return places.check_mark(text)
        except faults.Fault as exc:
            raise ValueError(exc.message) from exc

    @pydantic.field_validator("control_plane")
    @classmethod
    def _control_plane(cls, text: str) -> str:
        is_unix = text.startswith("unix:/")
        parts = urlsplit(text)
        if text and not is_unix and not (parts.scheme == "https" and parts.hostname):
            raise ValueError("write unix:/PATH or https://HOST:PORT")
        return text

    @pydantic.model_validator(mode="after")
    def _disjoint(self) -> Self:
        names = [zone.id for zone in self.zones]
        if len(set(names)) < len(names):
            raise ValueError("two zones have the same id; give each its own")
        pools = [pool for zone in self.zones for pool in (*zone.public_pools, *zone.private_pools)]
        for left, right in itertools.combinations(pools, 2):
            if left.overlaps(right):
                raise ValueError(f"pools {left} and {right} overlap; list each address once")
        return self


class Logs(Section):
    """Log lines go to standard error."""

    level: LogLevel = pydantic.Field(
        default=LogLevel.INFO, description="debug, info, warning or error."
    )
    format: LogFormat = pydantic.Field(
        default=LogFormat.AUTO, description="json, text, or auto: text on a terminal, else JSON."
    )


class Settings(pydantic_settings.BaseSettings):
    """The whole file."""

    model_config = pydantic_settings.SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=ENVIRONMENT_PREFIX,
        env_nested_delimiter=SECTION_SEPARATOR,
        hide_input_in_errors=True,
    )

    region: Region = pydantic.Field(default_factory=Region)
    api: Api = pydantic.Field(default_factory=Api)
    crypto: settings_tunnels.Crypto = pydantic.Field(default_factory=settings_tunnels.Crypto)
    edits: settings_tunnels.Edits = pydantic.Field(default_factory=settings_tunnels.Edits)
    store: Store = pydantic.Field(default_factory=Store)
    node: Node = pydantic.Field(default_factory=Node)
    logs: Logs = pydantic.Field(default_factory=Logs)
    webhooks: settings_events.Webhooks = pydantic.Field(default_factory=settings_events.Webhooks)
    samples: settings_events.Samples = pydantic.Field(default_factory=settings_events.Samples)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[pydantic_settings.BaseSettings],
        init_settings: pydantic_settings.PydanticBaseSettingsSource,
        env_settings: pydantic_settings.PydanticBaseSettingsSource,
        dotenv_settings: pydantic_settings.PydanticBaseSettingsSource,
        file_secret_settings: pydantic_settings.PydanticBaseSettingsSource,
    ) -> tuple[pydantic_settings.PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file; nothing else is read."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings

    @property
    def node_link_socket(self) -> Path:
        """Socket on which the control plane serves the agent of this host."""
        return self.store.runtime / "node-link.sock"

    @property
    def shared_memory_file(self) -> Path:
        """File in which the processes of the API keep what all of them must know."""
        return self.store.runtime / "shared-memory.db"

    @property
    def metrics_directory(self) -> Path:
        """Directory in which the processes of the API count."""
        return self.store.runtime / "metrics"

    @property
    def control_plane(self) -> str:
        """Where the agent finds the control plane, the default filled in."""
        return self.node.control_plane or f"unix:{self.node_link_socket}"

    @property
    def credential_path(self) -> Path:
        """File of the node's credential, the default filled in."""
        return Path(self.node.credential_file or self.store.state / "node.credential")
