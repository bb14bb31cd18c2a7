"""The benchmarks themselves, in small, and what CI guards of their ratios."""
