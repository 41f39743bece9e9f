"""Screens of the registry."""
