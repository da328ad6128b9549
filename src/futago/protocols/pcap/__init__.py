"""Files of captured packets. Source: draft-ietf-opsawg-pcap."""
