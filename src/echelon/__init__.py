"""Echelon: a working model of an integrated biopharma company, simulated into many futures."""

__version__ = "0.1.0"
