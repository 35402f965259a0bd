"""The clause library: clauses as data, what maps to what, what applies, and the evidence each asks for."""
