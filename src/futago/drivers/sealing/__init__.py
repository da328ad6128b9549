"""Sealing with a master key that lies outside the database."""
