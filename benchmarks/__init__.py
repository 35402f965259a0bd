"""Benchmarks: the same rules written twice more, and the script that measures all three."""
