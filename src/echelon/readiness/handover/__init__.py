"""Handing over: an inspection as one file that an inspector or a lawyer reads without this program."""
