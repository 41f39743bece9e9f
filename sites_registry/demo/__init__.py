"""Invented data of the demonstration, made by `manage.py seed_demo`: the same for the same seed and day.

Every person, association, site and address here is made up; communes are real. Nothing imports this package but the
command.
"""
