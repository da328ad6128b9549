"""The first message of an IKE negotiation, written and read without a daemon."""
