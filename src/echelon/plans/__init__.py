"""Choosing: what to fund, delay, stop, license and build; exact small problems, plan search and bounds."""
