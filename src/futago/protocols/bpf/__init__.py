"""Classic packet filters of the kernel. Source: Linux Documentation/networking/filter.rst."""
