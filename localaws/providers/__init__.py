"""Doubles of the providers, one file for each contract, strict about what a request may look like.

They hold no state of a test and import no test framework: the embedded AWS uses the same checks.
"""
