"""Report: a run as charts, as one page that opens offline and prints, and as picture files."""
