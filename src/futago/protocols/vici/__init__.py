"""VICI, the control protocol of strongSwan's IKE daemon, without I/O."""
