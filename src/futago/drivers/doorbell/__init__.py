"""A hint between processes of one host that something changed."""
