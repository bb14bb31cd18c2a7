"""Memory for large pages: what one of them took is free for the next."""

import ctypes

_M_MMAP_THRESHOLD = -3  # in glibc's malloc.h
_LARGE = 2**20


def give_large_blocks_back() -> None:
    """Have blocks of a megabyte or more given back to the system when they are freed, where the C library is glibc.

    By itself it raises the size from which it does so to that of the largest block that was freed, up to 32 MB. From
    then on a page of 6 MB lies between small blocks, and where these stay, its room is lost.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE)
