"""Process characterisation: designed experiments, response surfaces, design space, and what recipes take from them."""
