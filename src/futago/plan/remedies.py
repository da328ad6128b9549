"""What each reason means and what to do about it, in one table.

The texts are English; a console translates by code.
Source: the vendor's troubleshooting guide for IPsec connections.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from futago.plan.failures import FailureCode as Code


@dataclass(frozen=True, slots=True)
class Remedy:
    """One reason in words."""

    meaning: str
    """One sentence."""
    remedy: str
    """What to do, in the imperative."""


NOTHING_FOUND: Final = Remedy(
    "No exception was found.",
    "If the tunnel is not up, the peer may not have started yet: send traffic or negotiate anew.",
)

REMEDIES: Final[dict[Code, Remedy]] = {
    Code.PEER_MISMATCH: Remedy(
        "Nothing is configured between this gateway and the address that the other side uses.",
        "Make the customer gateway's address the one from which the device really sends; behind"
        " NAT it is the NAT's public address. On the device, name this tunnel's gateway address"
        " as its peer.",
    ),
    Code.ALGORITHM_MISMATCH: Remedy(
        "Several algorithms of the two sides differ.",
        "Set encryption, authentication and DH group of this phase to the same values on both"
        " sides, one value each.",
    ),
    Code.ENCRYPTION_ALGORITHM_MISMATCH: Remedy(
        "The encryption algorithms of the two sides differ.",
        "Set the encryption algorithm of this phase to the same value on both sides.",
    ),
    Code.AUTHENTICATION_ALGORITHM_MISMATCH: Remedy(
        "The authentication algorithms of the two sides differ.",
        "Set the authentication algorithm of this phase to the same value on both sides; in"
        " phase 1 the PRF has to be the same hash.",
    ),
    Code.DH_GROUP_MISMATCH: Remedy(
        "The DH groups of phase 1 differ.",
        "Set the DH group of the IKE configuration to the same value on both sides.",
    ),
    Code.PSK_MISMATCH: Remedy(
        "The pre-shared keys of the two sides differ.",
        "Compare the keys, hidden blanks and line ends included, or set a new one on both sides.",
    ),
    Code.PEER_ID_MISMATCH: Remedy(
        "An identity that one side claims is not the one that the other side expects.",
        "Make our LocalId the peer's remote identity and our RemoteId its local identity, of the"
        " same type; with IKEv1 main mode use addresses.",
    ),
    Code.DPD_HASH_NOTIFY_COMPATIBILITY: Remedy(
        "The peer's messages of dead peer detection cannot be understood.",
        "Let the peer send the payloads of dead peer detection in the order hash, notify.",
    ),
    Code.DPD_TIMEOUT: Remedy(
        "The peer stopped answering dead peer detection.",
        "Check that the device is alive and that the path to it carries UDP 500 and 4500; the"
        " tunnel is negotiated again by itself.",
    ),
    Code.IKE_VERSION_MISMATCH: Remedy(
        "The two sides speak different versions of IKE.",
        "Set the same version on both sides, IKEv2 if both can; do not use an automatic choice.",
    ),
    Code.NEGOTIATION_MODE_MISMATCH: Remedy(
        "The negotiation modes of IKEv1 differ.",
        "Set the same mode on both sides, main if both can.",
    ),
    Code.NAT_T_MISMATCH: Remedy(
        "NAT traversal is on at one side only.",
        "Set NAT traversal to the same value on both sides; behind a NAT it has to be on.",
    ),
    Code.LIFETIME_MISMATCH: Remedy(
        "The SA lifetimes differ; the shorter one counts.",
        "Set the same lifetime on both sides; the tunnel works meanwhile.",
    ),
    Code.SECURITY_PROTOCOL_MISMATCH: Remedy(
        "The peer wants another protocol than ESP.", "Set the peer to ESP; AH is not supported."
    ),
    Code.ENCAPSULATION_MODE_MISMATCH: Remedy(
        "The peer wants another mode than tunnel mode.", "Set the peer to tunnel mode."
    ),
    Code.ALGORITHM_COMPATIBILITY: Remedy(
        "The two sides implement an algorithm in different ways.",
        "Use another authentication algorithm on both sides.",
    ),
    Code.TRAFFIC_SELECTOR_MISMATCH: Remedy(
        "The protected networks of the two sides do not match.",
        "Mirror the networks: our local ones are the peer's remote ones. With IKEv1 use one"
        " network a side, exactly equal.",
    ),
    Code.PFS_MISMATCH: Remedy(
        "The DH groups of phase 2 (perfect forward secrecy) differ.",
        "Set the same group for phase 2 on both sides, or disable it on both. Under IKEv2 a tunnel"
        " comes up nevertheless and is lost when its SA has to be renewed.",
    ),
    Code.COMMIT_MISMATCH: Remedy(
        "The peer uses the commit bit.", "Disable the commit bit on the peer."
    ),
    Code.PROPOSAL_MISMATCH: Remedy(
        "The peer accepts none of our algorithms and does not say which it has.",
        "Compare the version of IKE, then the algorithms of this phase, then the networks.",
    ),
    Code.NEGOTIATION_FAILED: Remedy(
        "The peer refused the negotiation with an unusual answer.",
        "Look at the peer's log for its reason, and negotiate anew.",
    ),
    Code.PHASE1_NEGOTIATION_TIMEOUT: Remedy(
        "The peer answered at first and then no more, before phase 1 was complete.",
        "Check that the device is alive and that nothing on the path drops large or repeated"
        " packets of UDP 500.",
    ),
    Code.PHASE2_NEGOTIATION_TIMEOUT: Remedy(
        "The peer answered in phase 1 and does not answer in phase 2.",
        "Check the peer's IPsec configuration and its log.",
    ),
    Code.NO_RESPONSE: Remedy(
        "The peer does not answer.",
        "Check the customer gateway's address, that the device is alive, and that UDP 500 and 4500"
        " pass in both directions.",
    ),
    Code.RECEIVE_DELETE_NOTIFY: Remedy(
        "The peer closed the connection.", "Look at the peer for its reason."
    ),
    Code.PSK_OR_PEER_ID_MISMATCH: Remedy(
        "The peer refused to authenticate us: the pre-shared key or an identity differs.",
        "Compare the pre-shared keys, then LocalId and RemoteId with the peer's identities. Once"
        " the peer starts a negotiation, the reason becomes exact.",
    ),
    Code.PEER_ID_OR_MODE_MISMATCH: Remedy(
        "The peer refused to authenticate us: an identity or the negotiation mode differs.",
        "Compare LocalId and RemoteId with the peer's identities, and the mode. Once the peer"
        " starts a negotiation, the reason becomes exact.",
    ),
    Code.TRAFFIC_SELECTOR_NARROWED: Remedy(
        "The peer accepted a part of the protected networks only; the rest gets no traffic.",
        "Mirror the networks on both sides.",
    ),
    Code.LOCAL_FAULT: Remedy(
        "This gateway could not set up its own part; the peer is not the cause.",
        "Look at the evidence and at the log of the node, and run `futago check` on it.",
    ),
}


def of(code: Code | None) -> Remedy:
    """Give the words for a code; None stands for no reason."""
    return NOTHING_FOUND if code is None else REMEDIES[code]
