"""Typed alerts of strongSwan's error-notify plugin, as values."""
