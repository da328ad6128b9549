"""The compatible operations as a table; the only home of the vendor's words."""
