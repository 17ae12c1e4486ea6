"""Tools files: loaded, explained when they cannot be, and loaded anew when they change."""
