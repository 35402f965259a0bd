"""Futures: a company as arrays, the rules of one future, and the engines that run many."""
