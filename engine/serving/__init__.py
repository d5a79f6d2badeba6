"""An engine of this process for callers elsewhere: an ASGI application that any server can host.

What it speaks stands in `engine/remote/wire.py`.
"""
