"""The archive: how it is written, and the first file that runs in it."""
