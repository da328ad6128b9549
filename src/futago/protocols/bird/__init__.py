"""BIRD's two languages: its configuration file and its control socket, without any I/O."""
