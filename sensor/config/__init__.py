"""Options (pydantic) and their YAML loader."""
