"""`check`: why a client cannot start a server, found by doing what the client does."""
