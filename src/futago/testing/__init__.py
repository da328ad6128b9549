"""Help for tests; nothing of the product imports it."""
