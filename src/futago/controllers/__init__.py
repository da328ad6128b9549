"""Reconcilers of the control plane: rows to intents, and the end of rows that nodes let go."""
