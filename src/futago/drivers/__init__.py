"""The only code that touches daemons and the kernel, one package per thing driven."""
