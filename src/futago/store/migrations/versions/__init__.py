"""Revisions, named by the time they were written."""
