"""Why a negotiation failed, in the vendor's codes and some of our own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class FailureCode(StrEnum):
    """What is wrong. The first block is the vendor's, whole but for "no reason found".

    Source: vendor operation DiagnoseVpnConnections and the troubleshooting guide.
    """

    PEER_MISMATCH = "PeerMismatch"
    ALGORITHM_MISMATCH = "AlgorithmMismatch"
    ENCRYPTION_ALGORITHM_MISMATCH = "EncryptionAlgorithmMismatch"
    AUTHENTICATION_ALGORITHM_MISMATCH = "AuthenticationAlgorithmMismatch"
    DH_GROUP_MISMATCH = "DhGroupMismatch"
    PSK_MISMATCH = "PskMismatch"
    PEER_ID_MISMATCH = "PeerIdMismatch"
    DPD_HASH_NOTIFY_COMPATIBILITY = "DpdHashNotifyCompatibility"
    DPD_TIMEOUT = "DpdTimeout"
    IKE_VERSION_MISMATCH = "IkeVersionMismatch"
    NEGOTIATION_MODE_MISMATCH = "NegotiationModeMismatch"
    NAT_T_MISMATCH = "NatTMismatch"
    LIFETIME_MISMATCH = "LifetimeMismatch"
    SECURITY_PROTOCOL_MISMATCH = "SecurityProtocolMismatch"
    ENCAPSULATION_MODE_MISMATCH = "EncapsulationModeMismatch"
    ALGORITHM_COMPATIBILITY = "AlgorithmCompatibility"
    TRAFFIC_SELECTOR_MISMATCH = "TrafficSelectorMismatch"
    PFS_MISMATCH = "PfsMismatch"
    COMMIT_MISMATCH = "CommitMismatch"
    PROPOSAL_MISMATCH = "ProposalMismatch"
    NEGOTIATION_FAILED = "NegotiationFailed"
    PHASE1_NEGOTIATION_TIMEOUT = "Phase1NegotiationTimeout"
    PHASE2_NEGOTIATION_TIMEOUT = "Phase2NegotiationTimeout"
    NO_RESPONSE = "NoResponse"
    RECEIVE_DELETE_NOTIFY = "ReceiveDeleteNotify"

    # Ours: where the vendor's next code would claim more than is known, or has no word at all.
    PSK_OR_PEER_ID_MISMATCH = "PskOrPeerIdMismatch"
    PEER_ID_OR_MODE_MISMATCH = "PeerIdOrNegotiationModeMismatch"
    TRAFFIC_SELECTOR_NARROWED = "TrafficSelectorNarrowed"
    LOCAL_FAULT = "LocalFault"


class Phase(StrEnum):
    """How far the negotiation had come."""

    IKE = "phase1"
    CHILD = "phase2"
    ESTABLISHED = "established"
    """After both: a rekey, dead peer detection, an end."""


class Severity(StrEnum):
    """What a reason does to the tunnel."""

    CRITICAL = "critical"
    """No traffic."""
    WARNING = "warning"
    """Traffic passes, but not for all or not for ever."""


class Setting(StrEnum):
    """The setting of a tunnel that a reason is about."""

    PEER_ADDRESS = "peer-address"
    REACHABILITY = "reachability"
    UDP_4500 = "udp-4500"
    IKE_VERSION = "ike-version"
    IKE_MODE = "ike-mode"
    IKE_ENCRYPTION = "ike-encryption"
    IKE_AUTHENTICATION = "ike-authentication"
    IKE_DH_GROUP = "ike-dh-group"
    IKE_PROPOSAL = "ike-proposal"
    PSK = "psk"
    PSK_OR_IDENTITY = "psk-or-identity"
    IDENTITY_OR_MODE = "identity-or-mode"
    LOCAL_ID = "local-id"
    REMOTE_ID = "remote-id"
    IPSEC_ENCRYPTION = "ipsec-encryption"
    IPSEC_AUTHENTICATION = "ipsec-authentication"
    IPSEC_PFS = "ipsec-pfs"
    IPSEC_PROPOSAL = "ipsec-proposal"
    IPSEC_LIFETIME = "ipsec-lifetime"
    TRAFFIC_SELECTORS = "traffic-selectors"
    DPD = "dpd"
    GATEWAY = "gateway"
    """Something of this host's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What is wrong with a tunnel now; success clears it, but for warnings."""

    code: FailureCode
    at: datetime
    """When it was seen last."""
    evidence: str
    """The daemon's own line, without secrets."""
    phase: Phase = Phase.IKE
    setting: Setting | None = None
    ours: str = ""
    """Our value of the setting, in our words; empty where it is a secret or has none."""
    theirs: str = ""
    """The peer's value; empty where the peer did not tell it."""
    severity: Severity = Severity.CRITICAL
    first_seen: datetime | None = None
    """None: at the same time as last."""
    count: int = 1
    """How many attempts have shown it since."""

    @property
    def since(self) -> datetime:
        """When it was seen first."""
        return self.first_seen or self.at


UP_WITH: Final = frozenset(
    {
        FailureCode.LIFETIME_MISMATCH,
        FailureCode.PFS_MISMATCH,
        FailureCode.TRAFFIC_SELECTOR_NARROWED,
    }
)
"""Reasons that a tunnel can have while it is up."""
