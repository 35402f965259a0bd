"""Runs: a company simulated into many futures, kept in a folder that stands alone; measures, fans, comparisons."""
