"""What tests, benchmarks and tools share: invented matches, a site on loopback, filled worlds, running services.

No test belongs here, and nothing here is imported by `hltv_assets`.
"""
