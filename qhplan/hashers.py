"""Password hashing of a trial site."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class TrialHasher(PBKDF2PasswordHasher):
    """Django's own, with fewer rounds: a trial's passwords are random, and a newcomer waits for fourteen of them."""

    iterations = 20_000
