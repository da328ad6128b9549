"""Run the command as `python -m futago`."""

from futago.runtime import commands

if __name__ == "__main__":
    commands.main()
