"""strongSwan with userspace ESP: one IKE daemon per tunnel, in the tunnel's namespace."""
