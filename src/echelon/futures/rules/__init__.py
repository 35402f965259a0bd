"""The rules of a future: plain scalar functions over arrays, one subject per file."""
