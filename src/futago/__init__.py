"""Futago: dual-tunnel IPsec connections attached to a transit router."""

__version__ = "0.1.0"
