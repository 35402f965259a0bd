"""Translation: what comes in, words by state, when it is finished, what must come first."""
