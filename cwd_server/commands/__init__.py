"""Everything that the file does beside serving; imported only when it is asked for."""
