"""The composition root: settings in, assembled parts out; the only place that builds pools, servers and clocks."""
