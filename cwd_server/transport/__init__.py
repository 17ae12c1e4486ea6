"""MCP over stdio: all input and output while serving, and how it ends."""
