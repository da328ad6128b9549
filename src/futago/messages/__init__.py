"""What crosses between the control plane and a node, as JSON over typed values."""
