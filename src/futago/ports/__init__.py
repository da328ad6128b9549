"""Protocols of what a node drives. Only where two implementations pass one contract suite."""
