"""Rows, queries and transactions; the only home of SQL."""
