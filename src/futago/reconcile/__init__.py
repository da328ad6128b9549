"""The one loop that reconciles keys, for controllers and agent alike."""
