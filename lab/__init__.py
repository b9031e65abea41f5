"""The lab: kernel, statistics, engine, store and lanes."""
