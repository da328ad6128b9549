"""Drivers that run in the process, held to the same contract as the real ones."""
