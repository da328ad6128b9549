"""What several drivers need of the operating system; knows no daemon and no port."""
