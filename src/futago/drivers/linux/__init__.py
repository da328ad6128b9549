"""Namespaces, links, rules and packet filter of a Linux node, by netlink and nftables."""
