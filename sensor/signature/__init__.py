"""Code that understands the signature set: document, parse, compile, samples, lint."""
