"""What tests that ask for pages share."""

from typing import Any

from django.test import Client

from tasks.models import User


def client(user: User) -> Client:
    """A browser in which the person is signed in."""
    made = Client()
    made.force_login(user)
    return made


def text(answer: Any) -> str:
    """The answer's body."""
    return str(answer.content.decode())
