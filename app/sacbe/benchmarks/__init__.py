"""What Sacbé costs, measured beside a naive baseline on the same machine in the same run.

Speed lives here and not in tests: results are ratios, kept with machine and date in
`docs/benchmarks.md`. Every load stays on loopback and is bounded in requests and time.
"""
