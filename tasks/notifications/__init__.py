"""Reminders, chasing and news: who gets which message, and the channels by which a message leaves the site."""
