"""Loggers of functions that write more than a failing test should show."""

from __future__ import annotations

import logging


def only_own_stream(service: str) -> None:
    """Take pytest's handlers, which Powertools copies from the root logger, away from the logger of this service."""
    logger = logging.getLogger(service)
    logger.propagate = False
    logger.handlers = logger.handlers[:1]
