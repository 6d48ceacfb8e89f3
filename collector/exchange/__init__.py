"""How do findings travel between offices and other systems? Signed bundles, open formats, foreign sensors, lists."""
