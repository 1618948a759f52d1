"""Doubles of the providers, one file for each contract, strict about what a request may look like.

They hold no state: the embedded AWS and the contract tests make the same checks with what each of them knows.
"""
