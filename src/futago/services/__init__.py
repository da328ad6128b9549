"""Use cases: what an account may ask of the control plane, in domain words."""
