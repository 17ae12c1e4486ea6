"""Types of Python in a tool's signature: their JSON Schema, and the values to and from JSON."""
