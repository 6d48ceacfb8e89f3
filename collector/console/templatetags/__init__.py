"""Which tags do the console's templates use?"""
