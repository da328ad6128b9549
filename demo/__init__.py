"""The demonstration: one story told to a lab with the vendor's own clients."""
