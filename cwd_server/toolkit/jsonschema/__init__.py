"""JSON values against JSON Schema: all problems at once, in time linear in the value."""
