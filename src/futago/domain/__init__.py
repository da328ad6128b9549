"""What is true: ids, prefixes, algorithms, connections, routers. Standard library only, no I/O."""
