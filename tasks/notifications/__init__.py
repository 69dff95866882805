"""Reminders, chasing and news: who is told what, and the channels by which a message leaves the site."""
