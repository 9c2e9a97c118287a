"""The first look at a mail's bytes: whether it is small and flat enough to be opened at all."""

from mail.inbound.structure import BeyondLimits, read_structure
from models.contracts.inbound import Excess


def scan(raw: bytes) -> Excess | None:
    """Why a mail is not opened: more than 25 MB, 20 levels, 200 parts, 500 recipients, or too many headers.

    Of headers, 64 KB are allowed in any part and 1 MB in all. None: the mail is within all limits. Linear in time and
    memory, whatever the bytes.
    """
    try:
        read_structure(raw)
    except BeyondLimits as beyond:
        return beyond.excess
    return None
