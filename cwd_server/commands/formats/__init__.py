"""The formats of clients' files, read with offsets: JSON with comments, TOML."""
