"""Password hashing of a trial site."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class TrialHasher(PBKDF2PasswordHasher):
    """PBKDF2 with fewer rounds: a trial site's passwords are random, and its start creates fourteen of them."""

    iterations = 20_000
