"""The ways a message can go. Each finds its recipient, says whether and how often it may get one, and makes it.

Whatever is special about a channel stands here. The pipeline asks each one alike (``base.Channel``).
"""
