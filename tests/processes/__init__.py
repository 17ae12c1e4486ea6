"""Tests of what only a process can show: descriptors, signals, starts, endings, archives."""
