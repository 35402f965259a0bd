"""The exact engine: a second opinion on companies without couplings, by convolution over a grid of times."""
