"""The node agent: list and watch intents, observe, plan, apply, report. No database, no memory."""
