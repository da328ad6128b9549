"""Routing daemons by BIRD 2, one process per transit router."""
