"""How do snapshots look as documents?"""
