"""How the tables came to be; revisions are never edited after a release."""
