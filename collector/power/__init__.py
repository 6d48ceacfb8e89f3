"""Does a meter show mining? Electricity readings, transparent features, suspects with their reasons."""
