"""Puts the custom senders on a user pool that Terraform does not own, and takes exactly those off again.

A function of its own, invoked by Terraform (``modules/user-pool-attachment``) and by nobody else:

    invocation     what Terraform says, once turned into a dataclass; what it gets back
    trigger        which triggers a pool is to have, and who may change them: pure
    pool_settings  what of a pool can be sent back, and what differs: pure, from botocore's model of Cognito
    pool           reads and writes a pool
    change         the order of the steps: read, merge, write, read again, and back if anything else has changed

It needs botocore and nothing else, so it runs without the layer that the sender needs.
"""

from pool_attachment.invocation import handler

__all__ = ["handler"]
