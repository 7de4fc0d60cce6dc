"""Measures netprobe beside its peers, in network namespaces of its own."""
