"""Published defaults as data, every number with its source; look-ups with shrinkage."""
