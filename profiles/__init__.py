"""How hard we push: load profiles as TOML files, their types and their loader."""
