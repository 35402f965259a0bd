"""Build: from the tables of a resolved company to the arrays of a model."""
