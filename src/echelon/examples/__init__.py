"""Example companies, as data: a worked example, small companies and published benchmarks."""
