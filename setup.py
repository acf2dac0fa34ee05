"""The build. Metadata lives in pyproject.toml; an optional compiled core will be listed here."""

from setuptools import setup

setup()
