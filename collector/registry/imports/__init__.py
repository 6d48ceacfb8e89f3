"""How do files get in? One file per kind of import; dry runs, row-level faults, undo."""
