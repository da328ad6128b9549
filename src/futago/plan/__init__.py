"""What to do about it: intents, observations, and the ordered steps between them. Pure."""
