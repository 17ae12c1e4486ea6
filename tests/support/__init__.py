"""What every test here uses: start with `client.py`; tests/README.md shows a whole test.

Nothing in this folder is a test, and nothing in it is imported by the package.
"""
