"""What is known of each client: where its file is, how an entry looks, what it honours."""
